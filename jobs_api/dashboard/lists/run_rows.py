"""A run as a line of a list."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

from jobs_api import database, registry
from jobs_api.history.cell import ran_late
from jobs_api.models import HELD, JobRun, Reason, State
from jobs_api.monitoring.punctuality import SHORTEST
from jobs_api.registry.job import Job
from jobs_api.runs import readers
from jobs_api.runs.types import ORDERED
from jobs_api.schedule.slots import next_slot
from jobs_api.text import one_line

LONGEST = 200
"""Letters of a note or an error."""


@dataclasses.dataclass(frozen=True, slots=True)
class RunRow:
    """One line."""

    pk: int
    job: str
    declared: bool
    zone: ZoneInfo | None
    """Of its job, where that is declared."""
    slot: datetime
    state: str
    """As `dashboard.states` knows it."""
    reason: str
    attempt: int
    most: int | None
    """How many tries the job allows."""
    tries: int
    late: timedelta | None
    """How long after its slot it first began; None: somebody ordered it, or it has not begun."""
    began: datetime | None
    ended: datetime | None
    seconds: float | None
    """How long the newest attempt took, or runs."""
    source: str
    trigger: str
    actor: str
    error: str
    """Its first line."""
    note: str
    """Anything else that was noted: why it was ordered, or what was odd."""

    @property
    def rev(self) -> str:
        """What changes when the line changes."""
        parts = (self.state, self.attempt, self.ended, self.error, self.note)
        return blake2b(repr(parts).encode(), digest_size=6).hexdigest()

    @property
    def bad(self) -> bool:
        """Whether it ended badly."""
        return self.state in ("failed", "lost")


def rows(pks: Sequence[int], at: datetime) -> list[RunRow]:
    """The lines of these runs, in their order: one statement; none for no runs.

    Args:
        at: what time it is, by the database's clock.
    """
    if not pks:
        return []
    found = {run.pk: run for run in readers.shown(database.rows().filter(pk__in=pks), None)}
    return [row(found[pk], at) for pk in pks if pk in found]


def row(run: JobRun, at: datetime) -> RunRow:
    """The line of a run that `runs.readers` has read; no statement."""
    job = registry.find(run.job_name)
    state, reason = readers.state_of(run)
    late = _late(run, job)
    return RunRow(
        pk=run.pk,
        job=run.job_name,
        declared=job is not None,
        zone=None if job is None else job.slots.zone,
        slot=run.run_date,
        state=_state(run, job, late, at),
        reason=str(reason),
        attempt=run.attempt,
        most=None if job is None else job.max_attempts,
        tries=run.tries,
        late=late,
        began=run.started_at or run.claimed_at,
        ended=run.finished_at,
        seconds=_seconds(run, state, at),
        source=one_line(run.source),
        trigger=run.trigger,
        actor=one_line(run.actor),
        error=_first_line(run.error) if state == State.FAILED else "",
        note=_note(run),
    )


def _state(run: JobRun, job: Job | None, late: timedelta | None, at: datetime) -> str:
    state, reason = readers.state_of(run)
    if state == State.FAILED and reason == Reason.LOST:
        return "lost"
    if state == State.RUNNING and job is not None and run.started_at is not None:
        return "overdue" if at - run.started_at > timedelta(seconds=job.timeout) else "running"
    if (
        state == State.SUCCEEDED
        and job is not None
        and late is not None
        and _is_late(job, run.run_date, late)
    ):
        return "ran_late"
    return str(state)


def _is_late(job: Job, slot: datetime, late: timedelta) -> bool:
    if late <= SHORTEST:  # so late is no run that is late: its schedule need not be asked
        return False
    following = next_slot(job.slots, slot)
    return ran_late(None if following is None else following - slot, late)


def _late(run: JobRun, job: Job | None) -> timedelta | None:
    """Of a later attempt, its first trigger counts: what came between were tries."""
    if not run.attempt or run.trigger in ORDERED or (job is not None and job.schedule is None):
        return None
    began = (run.started_at or run.claimed_at) if run.attempt == 1 else run.created_at
    return None if began is None else max(began - run.run_date, timedelta(0))


def _seconds(run: JobRun, state: str, at: datetime) -> float | None:
    if run.started_at is None:
        return None
    if run.finished_at is None:
        return max((at - run.started_at).total_seconds(), 0.0) if state in HELD else None
    return (run.finished_at - run.started_at).total_seconds()


def _note(run: JobRun) -> str:
    parts = (run.comment, run.note)
    return one_line(" · ".join(part for part in parts if part))[:LONGEST]


def _first_line(error: str) -> str:
    return one_line(error.strip().split("\n", 1)[0])[:LONGEST]
