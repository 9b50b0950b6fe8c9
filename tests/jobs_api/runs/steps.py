"""The steps of the state machine with defaults: a test names only what it is about."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import Any

from jobs_api import Job, runs
from jobs_api.clock import Moment
from jobs_api.models import JobRun, Reason, State
from jobs_api.runs.types import Claim, Ending, Lease, Trigger
from tests.conftest import NOON

TRIGGER = Trigger("http", "curl", "CRON_SECRET")
LEASE = timedelta(seconds=30)


def later(**delta: float) -> datetime:
    """So long after NOON."""
    return NOON + timedelta(**delta)


def claim(
    job: Job,
    seen: JobRun | None = None,
    *,
    run_date: datetime = NOON,
    begin: bool = True,
    now: datetime = NOON,
    trigger: Trigger = TRIGGER,
    options: dict[str, Any] | None = None,
    rerun: bool = False,
) -> Lease:
    """Claim the slot as it was `seen`."""
    date = run_date if seen is None else seen.run_date
    wanted = Claim(job, date, trigger, begin=begin, options=options, rerun=rerun)
    return runs.claim(wanted, seen, moment=Moment.fixed(now))


def finish(lease: Lease, job: Job, *, reason: str = "", now: datetime = NOON) -> Ending:
    """End the attempt: succeeded without a `reason`, failed or cancelled with one; returns what it wrote."""
    state = State.CANCELLED if reason == Reason.CANCELLED else State.FAILED if reason else State.SUCCEEDED
    return runs.finish(lease, Ending(state, reason, finished_at=now), job, moment=Moment.fixed(now))


def read(job: Job, run_date: datetime = NOON) -> JobRun:
    """The slot's row."""
    return JobRun.objects.get(job_name=job.name, run_date=run_date)


def row(job: Job, run_date: datetime = NOON) -> dict[str, Any]:
    """All columns of the slot's row, to compare."""
    return JobRun.objects.filter(job_name=job.name, run_date=run_date).values().get()


def lease_of(run: JobRun, *, attempt: int | None = None) -> Lease:
    """The lease of its newest attempt, or of another."""
    number = run.attempt if attempt is None else attempt
    return Lease(run.pk, number, run.job_name, run.run_date, run.tries, run.options, NOON)


def earlier(lease: Lease) -> Lease:
    """The lease of the attempt before."""
    return dataclasses.replace(lease, attempt=lease.attempt - 1)
