"""Where Celery's autodiscovery looks for tasks. Other engines look here, too, where it may be missing."""

from __future__ import annotations

from importlib.util import find_spec

if find_spec("celery"):
    from jobs_api.executors.celery import worker as worker
