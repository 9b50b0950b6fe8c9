"""The last night of all jobs: how many slots went well, and what happened when."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from jobs_api.history import due, rows
from jobs_api.history.cell import Cell
from jobs_api.history.judging import Judge
from jobs_api.history.rows import Found
from jobs_api.history.tally import FAILED, LATE
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing

BEGINS, ENDS = time(20), time(8)
MINUTES = 15
"""How long a bin is."""
ROWS, SLOTS = 30_000, 1_500
"""At most so many runs of all jobs, and slots of one job, are looked at."""
LEAST = 10
"""But of each job so many."""


@dataclasses.dataclass(slots=True)
class Bin:
    """A quarter of an hour."""

    start: datetime
    minutes: int = MINUTES
    succeeded: int = 0
    marks: Counter[str] = dataclasses.field(default_factory=Counter)
    """Everything else that was due, by its state as in `cells.CELLS`; "ran_late" is among them."""
    to_come: int = 0


@dataclasses.dataclass(slots=True)
class Sums:
    """What became of the slots of a time."""

    slots: int = 0
    succeeded: int = 0
    """Those that ran late included."""
    failed: int = 0
    """Lost ones included."""
    missed: int = 0
    late: int = 0
    """Ran late, or are late now."""
    running: int = 0
    """Queued ones included."""
    overdue: int = 0

    def add(self, each: Bin) -> None:
        """Add a bin."""
        marks = each.marks
        self.slots += each.succeeded + sum(marks.values())
        self.succeeded += each.succeeded + marks["ran_late"]
        self.failed += sum(marks[state] for state in FAILED) - marks["overdue"]
        self.missed += marks["missed"]
        self.late += sum(marks[state] for state in LATE)
        self.running += marks["running"] + marks["queued"]
        self.overdue += marks["overdue"]


@dataclasses.dataclass(slots=True, kw_only=True)
class Night(Sums):
    """The latest night that has begun, from 20:00 to 08:00; the sums are of its slots until now."""

    start: datetime
    end: datetime
    bins: list[Bin] = dataclasses.field(default_factory=list)
    """From the beginning of the night, over a day."""
    since: Sums = dataclasses.field(default_factory=Sums)
    """Of the slots after the night, until now."""
    capped: bool = False
    """Whether there were too many runs to look at all: then the sums are of the newest ones."""


def night(
    jobs: Sequence[Job],
    *,
    at: datetime,
    zone: ZoneInfo,
    standings: Mapping[str, Standing],
    now: datetime | None = None,
) -> Night:
    """The last night of these jobs, in the zone of whoever looks: one statement."""
    start, end, until = _bounds(at, zone)
    found = Night(start=start, end=end, bins=_bins(start, until))
    each = max(LEAST, ROWS // max(len(jobs), 1))
    stored = rows.within((job.name for job in jobs), start, until, at=at, each=each, now=now)
    for job in jobs:
        found.capped |= len(stored.of(job.name)) >= each
        _put(found.bins, _cells(job, stored, standings.get(job.name), start, until, at), start)
    for one in found.bins:
        (found if one.start < end else found.since).add(one)
    return found


def _bounds(at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime, datetime]:
    """When the night began and ended, and when the next one begins."""
    local = at.astimezone(zone)
    first = local.date() if local.time() >= BEGINS else local.date() - timedelta(days=1)
    evening, morning, evening_after = (
        datetime.combine(first + timedelta(days=days), clock, zone).astimezone(UTC)
        for days, clock in ((0, BEGINS), (1, ENDS), (1, BEGINS))
    )
    return evening, morning, evening_after


def _bins(start: datetime, until: datetime) -> list[Bin]:
    length = timedelta(minutes=MINUTES)
    return [Bin(start + length * number) for number in range(-(-(until - start) // length))]


def _cells(
    job: Job, stored: Found, standing: Standing | None, start: datetime, until: datetime, at: datetime
) -> list[Cell]:
    slots = due.within(job, start, until, SLOTS)
    judge = Judge(job, standing, at, since=stored.since, gaps=slots.gaps())
    return judge.cells({row.run_date: row for row in stored.of(job.name)}, slots.slots, future=True)


def _put(bins: list[Bin], cells: Iterable[Cell], start: datetime) -> None:
    length = timedelta(minutes=MINUTES)
    for cell in cells:
        one = bins[min((cell.slot - start) // length, len(bins) - 1)]
        if cell.state == "succeeded":
            one.succeeded += 1
        elif cell.state == "to_come":
            one.to_come += 1
        elif cell.state != "unknown":
            one.marks[cell.state] += 1
