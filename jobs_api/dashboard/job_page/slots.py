"""The list of a job's slots, newest first: with a run or without, page by page, by a filter.

What is read is bounded: a page of rows along the index (job, slot), or for a filter the days that have what
it asks for, as the year of the job knows them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile

from jobs_api.dashboard.job_page.asked import Asked
from jobs_api.history import due, rows
from jobs_api.history.calendar import DAY, day_of, start_of
from jobs_api.history.cell import Cell
from jobs_api.history.days import Day
from jobs_api.history.judging import Judge
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing
from jobs_api.schedule.cron import falling
from jobs_api.schedule.slots import next_slot

PAGE = 20
SCAN = 1500
"""So many slots at most are looked at for one page of a filter: a day of a job that is due each minute."""
FAILED = 500
"""So many runs that did not succeed at most, for one page of those that failed."""
STATES = {
    "failed": ("failed", "lost", "overdue"),
    "missed": ("missed",),
    "late": ("late", "ran_late"),
}
NOTHING = ("to_come", "unknown")
"""What is not in the list, unless it has a run."""


@dataclasses.dataclass(frozen=True, slots=True)
class Listing:
    """A page of slots."""

    cells: Sequence[Cell]
    """Newest first."""
    older: datetime | None
    """Where the next page begins; None: there is none."""


@dataclasses.dataclass(frozen=True, slots=True)
class About:
    """Whose slots they are."""

    job: Job
    standing: Standing | None
    days: Sequence[Day]
    """Its year: it knows where a filter finds something."""
    at: datetime
    now: datetime | None = None
    """For tests; None is the database's clock."""


def listing(about: About, asked: Asked, *, size: int = PAGE) -> Listing:
    """The page that is asked for: one statement."""
    start, end = _window(about, asked)
    if asked.shown in ("missed", "late"):
        return _by_days(about, asked.shown, start, end, size)
    failed = asked.shown == "failed"
    each = max(FAILED, size + 1) if failed else size + 1
    found = rows.within(
        [about.job.name], start, end, at=about.at, each=each, now=about.now, unsuccessful=failed
    )
    slots = [] if failed else _slots(about.job, start, end, size + 1)
    cells = [cell for cell in _judged(about, found, slots) if _is_shown(cell, asked.shown)]
    full = failed and len(found.of(about.job.name)) >= each
    return _page(cells, size, found.of(about.job.name)[0].run_date if full else None)


def first_page(about: About, cells: Sequence[Cell], asked: Asked, *, size: int = PAGE) -> Listing | None:
    """The page where it needs no filter, from the newest cells, oldest first; None: it has to be read."""
    if asked.filtered:
        return None
    start, _ = _window(about, asked)
    return _page([cell for cell in reversed(cells) if _is_shown(cell, "") and cell.slot >= start], size, None)


def _window(about: About, asked: Asked) -> tuple[datetime, datetime]:
    """From when to before when."""
    zone = about.job.slots.timezone
    start = start_of(zone, day_of(zone, about.at) - DAY * (asked.days - 1))
    end = about.at + timedelta(minutes=2)
    if asked.day is not None:
        start, end = start_of(zone, asked.day), start_of(zone, asked.day + DAY)
    return start, end if asked.before is None else min(end, asked.before)


def _by_days(about: About, shown: str, start: datetime, end: datetime, size: int) -> Listing:
    """Of the newest days that have what is asked for."""
    begins, ends, more = _days_with(about, STATES[shown], start, end, size)
    found = rows.within([about.job.name], begins, ends, at=about.at, each=SCAN, now=about.now)
    slots = _slots(about.job, begins, ends, SCAN)
    whole, looked = found.of(about.job.name), begins
    if len(whole) >= SCAN:
        looked = max(looked, whole[0].run_date)
    if len(slots) >= SCAN:
        looked = max(looked, slots[-1])
    cells = [cell for cell in _judged(about, found, slots) if cell.slot >= looked and _is_shown(cell, shown)]
    return _page(cells, size, looked if more or looked > begins else None)


def _days_with(
    about: About, states: Sequence[str], start: datetime, end: datetime, size: int
) -> tuple[datetime, datetime, bool]:
    """From when to before when days lie that have enough of these states, and whether there are more."""
    zone, found, slots = about.job.slots.timezone, 0, 0
    low = high = start
    for day in reversed(about.days):
        begins, ends = start_of(zone, day.day), start_of(zone, day.day + DAY)
        if begins >= end:
            continue
        if ends <= start:
            break
        slots += day.slots if found else 0
        number = sum(day.counts.get(state, 0) for state in states)
        if number and (found > size or (found and slots > SCAN)):
            return low, high, True
        if number:
            low, high = max(begins, start), min(ends, end) if not found else high
            found += number
    return low, high, False


def _slots(job: Job, start: datetime, end: datetime, most: int) -> list[datetime]:
    """The newest slots in a window, newest first; none where the job runs on demand."""
    newest = falling(job.slots, (end - timedelta.resolution).astimezone(UTC))
    return list(islice(takewhile(lambda slot: slot >= start, newest), most))


def _judged(about: About, found: rows.Found, slots: Sequence[datetime]) -> list[Cell]:
    """The cells, newest first."""
    usual = due.newest(about.job, about.at, 1)
    if slots:
        following = next_slot(about.job.slots, slots[0])
        usual = due.Due(slots[::-1], None if following is None else following.astimezone(UTC))
    gaps = usual.gaps()
    judge = Judge(about.job, about.standing, about.at, since=found.since, gaps=gaps)
    return judge.cells({row.run_date: row for row in found.of(about.job.name)}, slots)[::-1]


def _is_shown(cell: Cell, shown: str) -> bool:
    if shown:
        return cell.state in STATES[shown]
    return cell.run is not None or cell.state not in NOTHING


def _page(cells: Sequence[Cell], size: int, older: datetime | None) -> Listing:
    """The first of these; where some are left, the next page goes on behind the last one."""
    shown = cells[:size]
    return Listing(shown, shown[-1].slot if len(cells) > size else older)
