"""Celery in the host project: a worker, and a beat whose entries are those of the bridge."""

from typing import Any

from celery import Celery

app = Celery("host")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_finalize.connect
def add_jobs(sender: Celery, **kwargs: Any) -> None:
    """As docs/bridges.md shows it. With django-celery-beat the entries are rows."""
    from django.apps import apps

    from jobs_api.bridges import celery_beat

    if not apps.is_installed("django_celery_beat"):
        celery_beat.add_jobs(sender, "tick_*", run_due_every=1)
