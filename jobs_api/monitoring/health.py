"""The health of a job: ok, failing, missed or paused."""

from __future__ import annotations

from datetime import datetime

from jobs_api.models import JobRun, State
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing

RED = ("missed", "failing")
"""The states that need a person's attention."""


def verdict(standing: Standing, newest_started: JobRun | None, now: datetime) -> str:
    """ "paused", "missed", "failing" or "ok"."""
    if standing.paused:
        return "paused"
    if standing.missed_slot(now) or _waits_too_long(standing.job, newest_started, now):
        return "missed"
    return "failing" if is_failing(newest_started) else "ok"


def _waits_too_long(job: Job, newest_started: JobRun | None, now: datetime) -> bool:
    """Whether the newest run has waited in an engine's queue for longer than the job's grace."""
    if newest_started is None or newest_started.state != State.CLAIMED or newest_started.claimed_at is None:
        return False
    return now - newest_started.claimed_at > job.grace_at(now)


def is_failing(newest_started: JobRun | None) -> bool:
    """Whether the newest started slot ended failed or lost."""
    return newest_started is not None and (newest_started.state == State.FAILED or newest_started.lease_over)
