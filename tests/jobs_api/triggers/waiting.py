"""What is due, told in the few words that the tests compare."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from jobs_api import Job
from jobs_api.runs import job_state
from jobs_api.runs.types import Trigger
from jobs_api.triggers import due
from jobs_api.triggers.due import Report
from tests.conftest import NOON

RUN_DUE = Trigger("run_due", "cron-job.org")
LONG_AGO = NOON - timedelta(days=300)


def later(**delta: float) -> datetime:
    """So long after NOON."""
    return NOON + timedelta(**delta)


def known(job: Job, since: datetime = LONG_AGO) -> Job:
    """The database has known this job for so long."""
    job_state.know(job, at=since)
    return job


def wanted(now: datetime = NOON, **asked: Any) -> list[tuple[str, datetime]]:
    """The slots that are due, in the order in which they would be started."""
    return [(item.job.name, item.run_date) for item in due.due(now=now, **asked)]


def hours(now: datetime = NOON) -> list[float]:
    """The slots that are due, as hours before NOON (negative) or after it."""
    return [(run_date - NOON) / timedelta(hours=1) for _, run_date in wanted(now)]


def run_due(now: datetime | None = NOON, **asked: Any) -> Report:
    """One run-due call."""
    return due.run_due(RUN_DUE, now=now, **asked)
