"""`celery --app settings worker`, and `beat`; the default settings are those for production."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.production")

app = Celery("settings")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def add_jobs(sender: Celery, **kwargs: Any) -> None:
    """Beat triggers every job that has a schedule, the weekly report among them, and run-due."""
    from jobs_api.bridges import celery_beat

    celery_beat.add_jobs(sender)
