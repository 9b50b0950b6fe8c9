"""Whether a run will be tried again, when, and why not: what an operator asks at night."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from jobs_api import registry
from jobs_api.models import JobPause, JobRun, State
from jobs_api.registry.job import Job
from jobs_api.runs.backlog import oldest
from jobs_api.runs.types import ORDERED

STARTS = "the next trigger of this slot, or run-due, starts it"
UNDECLARED = "its job is not declared any more"
CANCELLED, CANCEL_REQUESTED = "it was cancelled", "a cancel was requested"
SKIPPED = "another slot of its job was running; a trigger that names this slot still starts it"
USED_UP = "its tries are used up"
TOO_OLD, BEYOND_RETENTION = "it is older than its job's `expires`", "it is older than the retention of runs"
CLOSED = "it was closed before it began"


class Outlook(NamedTuple):
    """What will become of a run that has not succeeded."""

    expected: bool
    """Whether there will be another try, as far as it is known now."""
    at: datetime | None
    """From when on; None: now, or when its job is resumed."""
    why: str
    """Why there is none, or what starts it."""


def outlook(run: JobRun, pause: JobPause | None, at: datetime) -> Outlook | None:
    """The outlook of a run; None if it has succeeded, or an attempt holds it.

    Args:
        run: as `runs.readers` has read it.
        pause: its job's newest pause.
        at: what time it is, by the database's clock.
    """
    if not may_be_tried(run):
        return None
    job = registry.find(run.job_name)
    why = _obstacle(run, job, at)
    if why is not None:
        return Outlook(False, None, why)
    if pause is not None and pause.is_in_force(at):
        return Outlook(True, pause.until, "its job is paused")
    return Outlook(True, run.next_attempt_at if run.backing_off else None, STARTS)


def may_be_tried(run: JobRun) -> bool:
    """Whether there is anything to ask: no attempt holds it, and it has not succeeded."""
    return run.lease_over or run.state not in (State.CLAIMED, State.RUNNING, State.SUCCEEDED)


def _obstacle(run: JobRun, job: Job | None, at: datetime) -> str | None:
    """Why nothing starts it any more, unless an operator does."""
    if run.state in (State.CANCELLED, State.SKIPPED):
        return CANCELLED if run.state == State.CANCELLED else SKIPPED
    if job is None:
        return UNDECLARED
    if run.lease_over and run.cancel_requested_at is not None:
        return CANCEL_REQUESTED
    if run.state != State.QUEUED and tries_of(run) >= job.max_attempts:
        return USED_UP
    if run.run_date < oldest(job, at, ordered=True):
        return BEYOND_RETENTION
    if run.run_date < oldest(job, at, ordered=run.trigger in ORDERED):
        return TOO_OLD
    return CLOSED if run.state == State.FAILED and run.next_attempt_at is None else None


def tries_of(run: JobRun) -> int:
    """The tries that it has used up; a loss that is not reaped yet counts already."""
    return run.tries + (run.lease_over and run.state == State.RUNNING)


def ordinal(run: JobRun) -> int:
    """Which try its newest attempt is, or, where it is queued, its next; a success was one, too."""
    counted = run.lease_over or run.state in (State.FAILED, State.CANCELLED, State.SKIPPED)
    return tries_of(run) if counted else run.tries + 1
