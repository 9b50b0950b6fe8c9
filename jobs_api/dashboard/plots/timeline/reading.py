"""What the timeline is made of: five statements, and three for dense jobs, however many there are.

To find those with trouble among many jobs takes one more.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from jobs_api.history import cells, durations, rows
from jobs_api.history.cells import Cell, JobRow
from jobs_api.models import HELD, State
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing, standings
from jobs_api.runs.underway import underway

LEAST, MOST = timedelta(hours=1), timedelta(days=1)
"""So long before the window a run may have begun that lasts into it. One that is held now is always found."""

LOOKED_AT = 20
"""So many of the newest runs of each job that have not succeeded are looked at, to find trouble."""
_SUSPECT = (State.FAILED, *HELD)


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """The slots of some jobs in a window."""

    rows: Mapping[str, JobRow]
    standings: Mapping[str, Standing]
    usual: Mapping[str, float]
    """How many seconds each job usually takes, where that is known."""


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """What the database knows of some jobs, whatever the window is."""

    standings: Mapping[str, Standing]
    held: Mapping[str, Sequence[Any]]
    """The runs of each job that are under way."""

    @classmethod
    def of(cls, jobs: Sequence[Job], *, now: datetime | None = None) -> Known:
        """Read it: three statements."""
        found = standings(now=now, names=[job.name for job in jobs])[1]
        return cls({each.job.name: each for each in found}, underway(now))

    def needs_a_look(self, job: Job, at: datetime) -> bool:
        """Whether a run of it is held, or its newest slot is missed."""
        standing = self.standings.get(job.name)
        is_held = any(run.state in HELD for run in self.held.get(job.name, ()))
        return is_held or (standing is not None and standing.missed_slot(at) is not None)


def suspects(
    jobs: Sequence[Job],
    start: datetime,
    end: datetime,
    *,
    at: datetime,
    known: Known,
    now: datetime | None = None,
) -> list[Job]:
    """Those of many jobs of which a run failed or is held, or whose newest slot is missed: one statement."""
    names = [job.name for job in jobs]
    found = rows.within(names, start, end, at=at, each=LOOKED_AT, now=now, unsuccessful=True)
    return [
        job
        for job in jobs
        if any(row.state in _SUSPECT for row in found.of(job.name)) or known.needs_a_look(job, at)
    ]


def read(
    jobs: Sequence[Job],
    start: datetime,
    end: datetime,
    *,
    at: datetime,
    known: Known,
    now: datetime | None = None,
) -> Reading:
    """Read the slots from `start` to before `end`, and the runs that last into it: five statements at most.

    Args:
        now: for tests; None is the database's clock.
    """
    names = [job.name for job in jobs]
    begin = start - _reach(jobs)
    found = cells.between(jobs, begin, end, at=at, standings=known.standings, now=now)
    shown = {
        job.name: _clipped(found[job.name], _held(job, known.held.get(job.name, ()), at), start, end, at)
        for job in jobs
    }
    usual = {name: each.p50 for name, each in durations.usual(names).items()}
    return Reading(shown, known.standings, usual)


def _reach(jobs: Sequence[Job]) -> timedelta:
    longest = max((job.timeout for job in jobs), default=0.0)
    return min(max(timedelta(seconds=longest), LEAST), MOST)


def _clipped(row: JobRow, held: Iterable[Cell], start: datetime, end: datetime, at: datetime) -> JobRow:
    """Without what was over when the window began, and with held runs of slots long before it."""
    shown = [cell for cell in row.cells if cell.slot >= start or _lasts_into(cell, start, at)]
    there = {cell.run for cell in shown}
    before = (cell for cell in held if cell.run not in there and cell.slot < start)
    earlier = [cell for cell in before if cell.began is not None and cell.began < end]
    return dataclasses.replace(row, cells=[*earlier, *shown])


def _lasts_into(cell: Cell, start: datetime, at: datetime) -> bool:
    return cell.began is not None and (cell.ended or at) > start


def _held(job: Job, found: Iterable[Any], at: datetime) -> Iterable[Cell]:
    for run in found:
        began = run.started_at or run.claimed_at
        if run.state not in HELD or began is None:
            continue
        over = run.blocks or (
            run.started_at is not None and at - run.started_at > timedelta(seconds=job.timeout)
        )
        state = "lost" if run.lease_over else "overdue" if over else "running"
        yield Cell(run.run_date, state, run.pk, began, source=run.source, attempt=run.attempt)
