"""Count the days of a job from its runs and its schedule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from jobs_api.history import due
from jobs_api.history.calendar import DAY, day_of, days, start_of
from jobs_api.history.cell import Cell
from jobs_api.history.judging import Judge
from jobs_api.history.rows import Found, Row
from jobs_api.history.tally import Tally
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing
from jobs_api.schedule.slots import LATEST

SLOTS = 20_000
"""So many slots without a run are looked at in one call: 13 days of a job that is due each minute."""


def tallies(
    job: Job, found: Found, first: date, last: date, *, at: datetime, standing: Standing | None
) -> dict[date, Tally]:
    """What happened on these days of the job's zone."""
    zone, since = job.slots.timezone, known_since(found, standing)
    counted = {day: Tally(known=start_of(zone, day + DAY) > since) for day in days(first, last)}
    by_day: dict[date, list[Cell]] = defaultdict(list)
    for cell in cells(job, found, start_of(zone, first), start_of(zone, last + DAY), at, standing):
        by_day[day_of(zone, cell.slot)].append(cell)
    for day, each in by_day.items():
        if day in counted:
            counted[day].note(each)
    return counted


def known_since(found: Found, standing: Standing | None) -> datetime:
    """From when on a slot without a run says something."""
    since = None if standing is None else standing.since
    return LATEST if since is None else max(found.since, since)


def cells(
    job: Job, found: Found, start: datetime, end: datetime, at: datetime, standing: Standing | None
) -> Sequence[Cell]:
    """The slots from `start` to before `end` that were due."""
    since = max(start, known_since(found, standing))
    slots = due.within(job, since, min(end, at + timedelta(minutes=1)), SLOTS)
    judge = Judge(job, standing, at, since=found.since, gaps=slots.gaps())
    stored: Mapping[datetime, Row] = {row.run_date: row for row in found.of(job.name)}
    return judge.cells(stored, slots.slots)
