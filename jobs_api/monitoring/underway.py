"""What a job is doing now: its held runs with their age, timeout and lease, and what is queued."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from jobs_api.models import HELD, State
from jobs_api.monitoring import health
from jobs_api.monitoring.run_report import RunReport
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing


@dataclasses.dataclass(frozen=True, slots=True)
class Running:
    """A held run."""

    run: RunReport
    since: datetime | None
    """When it began, or was claimed if it has not begun yet."""
    age: timedelta
    """How long ago that was, by the database's clock."""
    timeout: timedelta
    """How long it may take once it has begun."""
    lease_expires_at: datetime
    overdue: bool
    """Whether it hangs: its time is over, or slots were skipped in a row behind it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Underway:
    """What one job is doing now."""

    running: Sequence[Running] = ()
    """Those that began first; of each state at most `runs.underway.EACH`."""
    running_count: int = 0
    queued_count: int = 0
    """How many slots wait to be started, for run-due or for room."""
    queued_since: datetime | None = None
    """Since when the first of them waits, pauses left out."""
    waits_long: bool = False
    """Whether that is longer than the job's grace. It may be as it should: a long backfill takes its time."""

    @classmethod
    def of(cls, standing: Standing, found: Sequence[Any], at: datetime) -> Underway:
        """From the rows that `runs.underway` has read; no statement."""
        if not found:
            return _NOTHING
        held = [run for run in found if run.state in HELD]
        queued = [run for run in found if run.state == State.QUEUED]
        since = standing.waiting_since(queued[0].since) if queued else None
        late = since is not None and at - since > standing.job.grace_at(at)
        return cls(
            running=[_running(run, standing.job, at) for run in held],
            running_count=sum({run.state: run.of_its_state for run in held}.values()),
            queued_count=queued[0].of_its_state if queued else 0,
            queued_since=since,
            waits_long=late and not standing.paused,
        )


_NOTHING = Underway()


def _running(run: Any, job: Job, at: datetime) -> Running:
    return Running(
        run=RunReport.of(run),
        since=run.since,
        age=max(at - run.since, timedelta(0)) if run.since else timedelta(0),
        timeout=timedelta(seconds=job.timeout),
        lease_expires_at=run.lease_expires_at,
        overdue=health.is_overdue(run, job, at),
    )
