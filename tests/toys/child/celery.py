"""The Celery app of a host that knows nothing of jobs_api: ``celery -A tests.toys.child.celery worker``."""

from __future__ import annotations

from celery import Celery

app = Celery("toys")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
