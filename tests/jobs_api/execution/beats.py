"""Runs that live in this process, as the heartbeat sees them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from jobs_api import Job, RunStopped
from jobs_api.execution.current import CurrentRun
from jobs_api.execution.heartbeat import Beat, Heartbeat
from jobs_api.models import JobRun
from jobs_api.runs.output import Output
from tests.conftest import NOON

from .attempts import begun

PAST = NOON.replace(year=2020)


def running(job: Job, run_date: datetime = NOON, **fields: Any) -> Beat:
    """A run that lives in this process, its lease about to run out."""
    lease = begun(job, run_date)
    JobRun.objects.filter(pk=lease.run_id).update(lease_expires_at=PAST)
    current = CurrentRun(job_name=job.name, run_date=run_date, attempt=1, **fields)
    return Beat(lease, current, Output(1000))


def lease_of(beat: Beat) -> datetime | None:
    """Until when it holds its run."""
    return JobRun.objects.get(pk=beat.lease.run_id).lease_expires_at


def stop_of(beat: Beat) -> str | None:
    """What the next check() of its command will raise."""
    try:
        beat.run.check()
    except RunStopped as stop:
        return stop.reason
    return None


@contextmanager
def watching_all(heart: Heartbeat, beats: Sequence[Beat]) -> Iterator[None]:
    """Keep several runs alive."""
    if not beats:
        yield
        return
    with heart.watching(beats[0]), watching_all(heart, beats[1:]):
        yield
