"""Celery's autodiscovery finds its tasks here. Other engines also import this module, without Celery."""

from __future__ import annotations

from importlib.util import find_spec

if find_spec("celery"):
    from jobs_api.bridges import celery_beat as celery_beat
    from jobs_api.executors.celery import worker as worker
