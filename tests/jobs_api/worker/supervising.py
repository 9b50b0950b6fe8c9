"""Runs whose commands are supervised in a child of the test's process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from jobs_api import Job
from jobs_api.models import JobRun
from jobs_api.worker.supervisor import supervise
from tests.jobs_api.execution.attempts import begun


def supervised(job: Job) -> JobRun:
    """The run of a job whose first attempt was performed in a child."""
    lease = begun(job)
    supervise(job, lease)
    return JobRun.objects.get(pk=lease.run_id)


def sleeping(command: Any, **options: Any) -> None:
    """A behaviour of the toy."""
    time.sleep(60)


def soon(act: Callable[[], Any], seconds: float = 0.3) -> threading.Timer:
    """Call this in a moment, while the main thread supervises."""
    timer = threading.Timer(seconds, act)
    timer.start()
    return timer
