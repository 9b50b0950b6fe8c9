"""Cells: of each slot of a job what became of it, whether it has a run or not.

A slot without a run was missed, or passed while the job was paused, or before it was known; or it is late:
due, without a call, and within its grace. A slot that is due for less than what counts as late is not shown
yet, for its call may be on its way.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from jobs_api.history import due, gaps, rows
from jobs_api.history.cell import CELLS as CELLS
from jobs_api.history.cell import Cell as Cell
from jobs_api.history.cell import ran_late as ran_late
from jobs_api.history.judging import Judge
from jobs_api.history.newest import Newest, newest
from jobs_api.history.rows import Found, Row
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing

DENSE, MANY = timedelta(minutes=15), 250
"""A job with no more time between two slots, or with more slots in a window, is shown as a band."""
MOST = 400
"""So many slots of each job are looked at."""
NOT_RUN = ("missed", "late")
"""Slots without a run that are drawn on a band; a pause is told otherwise."""


class Band(NamedTuple):
    """From the first to the last slot of a dense job in a window."""

    start: datetime
    end: datetime


@dataclasses.dataclass(frozen=True, slots=True)
class JobRow:
    """One job in a window of time."""

    cells: list[Cell]
    """Oldest first; of a dense job only what did not go well."""
    dense: bool = False
    band: Band | None = None


def recent(
    jobs: Sequence[Job],
    *,
    at: datetime,
    standings: Mapping[str, Standing],
    count: int = 50,
    brief: bool = False,
    now: datetime | None = None,
) -> dict[str, list[Cell]]:
    """The last slots of each job, oldest first, to the newest one that is due: one statement.

    Args:
        at: what time it is, by the database's clock.
        standings: what is known of these jobs, by name.
        count: how many of each.
        brief: of a run that has succeeded at once, and began in time, only its slot and its state are told.
        now: for tests; None is the database's clock.
    """
    found = newest((job.name for job in jobs), at=at, each=count, brief=brief, now=now)
    return {job.name: _recent(job, found, standings.get(job.name), at, count) for job in jobs}


def _recent(job: Job, found: Newest, standing: Standing | None, at: datetime, count: int) -> list[Cell]:
    slots, well = due.newest(job, at, count), found.well.get(job.name, ())
    stored = {row.run_date: row for row in found.others.of(job.name)}
    if not stored and well == slots.slots:
        return [Cell(slot, "succeeded") for slot in well]
    judge = Judge(job, standing, at, since=found.others.since, gaps=slots.gaps())
    cells = judge.cells(stored, [slot for slot in slots.slots if judge.knows(slot)], well=well)[-count:]
    oldest = cells[0].slot if cells else at + timedelta.resolution
    before = (slot for slot in slots.slots if slot < oldest and not judge.knows(slot))
    return [*(Cell(slot, "unknown") for slot in before), *cells][-count:]


def between(
    jobs: Sequence[Job],
    start: datetime,
    end: datetime,
    *,
    at: datetime,
    standings: Mapping[str, Standing],
    now: datetime | None = None,
) -> dict[str, JobRow]:
    """The slots from `start` to before `end` of each job, past and to come: four statements at most."""
    dense = {job.name for job in jobs if is_dense(job, start, end, at)}
    few = [job for job in jobs if job.name not in dense]
    found = rows.within((job.name for job in few), start, end, at=at, each=MOST, now=now)
    trouble = rows.within(dense, start, end, at=at, each=MOST, now=now, unsuccessful=True)
    sparse = {job.name: JobRow(_window(job, found, standings, start, end, at)) for job in few}
    crowded = [job for job in jobs if job.name in dense]
    missing = gaps.missing(crowded, start, end, at=at, standings=standings, now=now)
    bands = {
        job.name: _band(job, trouble, missing.get(job.name, []), standings, start, end, at) for job in crowded
    }
    return {job.name: sparse.get(job.name) or bands[job.name] for job in jobs}


def is_dense(job: Job, start: datetime, end: datetime, at: datetime) -> bool:
    """Whether so many slots lie in the window that they are shown as one band."""
    gap = due.usual_gap(job, at)
    return gap is not None and (gap <= DENSE or (end - start) / gap > MANY)


def _window(
    job: Job,
    found: Found,
    standings: Mapping[str, Standing],
    start: datetime,
    end: datetime,
    at: datetime,
) -> list[Cell]:
    slots = due.within(job, start, end, MOST)
    judge = Judge(job, standings.get(job.name), at, since=found.since, gaps=slots.gaps())
    return judge.cells({row.run_date: row for row in found.of(job.name)}, slots.slots, future=True)


def _band(
    job: Job,
    found: Found,
    missing: Sequence[datetime],
    standings: Mapping[str, Standing],
    start: datetime,
    end: datetime,
    at: datetime,
) -> JobRow:
    usual = due.newest(job, at, 1).gaps()
    judge = Judge(job, standings.get(job.name), at, since=found.since, gaps=usual)
    stored: dict[datetime, Row] = {row.run_date: row for row in found.of(job.name)}
    cells = [cell for cell in judge.cells(stored, missing) if cell.run is not None or cell.state in NOT_RUN]
    return JobRow(cells[-MOST:], dense=True, band=Band(start, end))
