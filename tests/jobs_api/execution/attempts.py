"""Attempts that have begun, and what became of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from django.db import connections
from django.utils import timezone

from jobs_api import Job, runs
from jobs_api.clock import Moment
from jobs_api.execution.perform import perform
from jobs_api.models import JobRun
from jobs_api.runs.output import rest
from jobs_api.runs.types import Claim, Lease, Trigger
from tests.conftest import NOON


def begun(job: Job, run_date: datetime = NOON, *, options: dict[str, Any] | None = None) -> Lease:
    """A lease that has begun, as the inline executor gets it."""
    moment = Moment(timezone.now())
    return runs.claim(Claim(job, run_date, Trigger("http"), begin=True, options=options), None, moment=moment)


def performed(job: Job, run_date: datetime = NOON, **asked: Any) -> JobRun:
    """The run of a job whose first attempt was performed."""
    lease = begun(job, run_date, **asked)
    perform(job, lease)
    return JobRun.objects.get(pk=lease.run_id)


def output_of(run: JobRun) -> str:
    """What is kept of the newest attempt's output."""
    run = JobRun.objects.get(pk=run.pk)
    return rest((bytes(run.output_head), bytes(run.output_tail), run.output_size), 0).decode()


def raising(error: BaseException) -> Callable[..., None]:
    """A behaviour of the toy."""

    def behave(command: Any, **options: Any) -> None:
        raise error

    return behave


def eventually(condition: Callable[[], Any], *, seconds: float = 10) -> Any:
    """Wait for what another thread or process does; returns what the condition did."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, "It did not happen."
        time.sleep(0.01)
    return found


def clock_that_sleeps_by(sleep: Callable[[float], Any]) -> SimpleNamespace:
    """Stands in for the module `time` in one module of ours; the other threads keep theirs."""
    return SimpleNamespace(monotonic=time.monotonic, sleep=sleep)


def elsewhere(function: Callable[[], Any]) -> Any:
    """Call a function in a thread of its own, so with a database connection of its own."""

    def call() -> Any:
        try:
            return function()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result(30)


def heartbeat_threads() -> set[threading.Thread]:
    """The threads that renew leases in this process."""
    return {thread for thread in threading.enumerate() if thread.name == "jobs_api-heartbeat"}
