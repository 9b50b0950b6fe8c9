"""What the timeline is made of: six statements, however many jobs and runs there are."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from jobs_api.history import cells, durations
from jobs_api.history.cells import Cell, JobRow
from jobs_api.models import HELD
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing, standings
from jobs_api.runs.underway import underway

LEAST, MOST = timedelta(hours=1), timedelta(days=1)
"""So long before the window a run may have begun that lasts into it. One that is held now is always found."""


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """The slots of some jobs in a window."""

    rows: Mapping[str, JobRow]
    standings: Mapping[str, Standing]
    usual: Mapping[str, float]
    """How many seconds each job usually takes, where that is known."""


def read(
    jobs: Sequence[Job], start: datetime, end: datetime, *, at: datetime, now: datetime | None = None
) -> Reading:
    """Read the slots from `start` to before `end`, and the runs of earlier ones that last into it.

    Args:
        now: for tests; None is the database's clock.
    """
    names = [job.name for job in jobs]
    known = {each.job.name: each for each in standings(now=now, names=names)[1]}
    begin = start - _reach(jobs)
    found = cells.between(jobs, begin, end, at=at, standings=known, now=now)
    held = underway(now)
    rows = {
        job.name: _clipped(found[job.name], _held(job, held.get(job.name, ()), at), start, end, at)
        for job in jobs
    }
    usual = {name: each.p50 for name, each in durations.usual(names).items()}
    return Reading(rows, known, usual)


def _reach(jobs: Sequence[Job]) -> timedelta:
    longest = max((job.timeout for job in jobs), default=0.0)
    return min(max(timedelta(seconds=longest), LEAST), MOST)


def _clipped(row: JobRow, held: Iterable[Cell], start: datetime, end: datetime, at: datetime) -> JobRow:
    """Without what was over when the window began, and with held runs of slots long before it."""
    shown = [cell for cell in row.cells if cell.slot >= start or _lasts_into(cell, start, at)]
    there = {cell.run for cell in shown}
    earlier = [cell for cell in held if cell.run not in there and cell.slot < start]
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
