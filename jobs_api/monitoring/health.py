"""The health of a job: ok, failing, overdue, missed or paused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from jobs_api.models import HELD, JobRun, State
from jobs_api.registry.job import Job
from jobs_api.runs.glances import Glance
from jobs_api.runs.job_state import Standing
from jobs_api.runs.types import ORDERED

ASK = object()
"""Nobody has asked yet."""
RED = ("missed", "failing", "overdue")
"""The states that need a person's attention."""


def verdict(
    standing: Standing,
    newest_started: JobRun | Glance | None,
    now: datetime,
    underway: Sequence[Any] = (),
    missed: Any = ASK,
) -> str:
    """ "overdue", "paused", "missed", "failing" or "ok".

    A run that hangs comes first: a pause does not end it, and it may be why other slots are missed.

    Args:
        underway: the job's held and queued runs, as `runs.underway` reads them.
        missed: what `standing.missed_slot` says, where somebody has asked it already.
    """
    job, held = standing.job, [run for run in underway if not _is_lost(run, newest_started)]
    if any(is_overdue(run, job, now) for run in held):
        return "overdue"
    if standing.paused:
        return "paused"
    missed = standing.missed_slot(now) if missed is ASK else missed
    if missed or waits_too_long(standing, newest_started, now, underway):
        return "missed"
    return "failing" if is_failing(newest_started) else "ok"


def waits_too_long(
    standing: Standing, newest_started: JobRun | Glance | None, now: datetime, underway: Sequence[Any]
) -> Any:
    """The first run that has waited for longer than the job's grace for its engine or a host; None: none."""
    held = (run for run in underway if not _is_lost(run, newest_started))
    return next((run for run in held if _waits_too_long(run, standing, now)), None)


def is_overdue(run: Any, job: Job, now: datetime) -> bool:
    """Whether a held run hangs: its time is over, or slots were skipped in a row behind it."""
    if run.state not in HELD:
        return False
    over = run.state == State.RUNNING and run.started_at is not None
    return run.blocks or (over and now - run.started_at > timedelta(seconds=job.timeout))


def _is_lost(run: JobRun, newest_started: JobRun | Glance | None) -> bool:
    """Whether its holder went silent, and the job is failing for that: the newest slot decides."""
    return run.lease_over and (newest_started is None or run.pk == newest_started.pk)


def _waits_too_long(run: Any, standing: Standing, now: datetime) -> bool:
    """Whether a run has waited for longer than the job's grace: in an engine's queue, or for room on a host.

    What an operator ordered may wait: a long backfill takes its time. So may what is stored ahead of the
    database's clock.
    """
    if run.state == State.CLAIMED:
        since = run.claimed_at
    elif run.state == State.QUEUED and run.trigger not in ORDERED and run.run_date <= now:
        since = standing.waiting_since(run.since)
    else:
        return False
    return since is not None and now - since > standing.job.grace_at(now)


def is_failing(newest_started: JobRun | Glance | None) -> bool:
    """Whether the newest started slot ended failed or lost."""
    return newest_started is not None and (newest_started.state == State.FAILED or newest_started.lease_over)
