"""How far the roll-up has come for each job, and what is to be counted next: the newest days first."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

from jobs_api.history import due, rows
from jobs_api.history.calendar import DAY, day_of, start_of
from jobs_api.models import JobHistory
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing

NAME = "roll-up"
"""Of its turn."""
KEPT = 400
"""So many days are counted, and kept."""
AGAIN = 2
"""So many days before a new one are counted again: a process that has made a change may have died."""
SETTLED, LONGEST_GRACE = timedelta(minutes=5), timedelta(days=1)
"""How long after its end a day is counted, beside the grace of its last slot; more grace does not count."""
SLOTS, DAYS = 5_000, 31
"""About so many slots, and days of a job, are counted at once."""
KNOWN = 4096
"""For so many jobs it is remembered within a turn what depends on the time alone."""
ON_DEMAND = 24
"""How many runs a day a job on demand may have; where it has more, it is counted day by day."""


@dataclasses.dataclass(slots=True)
class Span:
    """The days of a job that are counted: none, if the last one lies before the first one."""

    first: date
    last: date

    @classmethod
    def of(cls, job: Job, row: JobHistory | None, at: datetime) -> Span:
        """As its row has it. Days that were counted ahead of the clock, by one that was wrong, are none."""
        newest = newest_ended(job, at)
        if row is None or row.first_day is None or row.last_day is None or row.first_day > newest:
            return cls(newest + DAY, newest)
        return cls(row.first_day, min(row.last_day, newest))

    def add(self, first: date, last: date) -> None:
        """These days are counted, too."""
        self.first, self.last = min(self.first, first), max(self.last, last)


@dataclasses.dataclass(frozen=True, slots=True)
class Piece:
    """What is counted at once: some days of some jobs of one zone."""

    jobs: Sequence[Job]
    first: date
    last: date
    is_new: bool
    """Whether these days have ended since the last time."""
    runs: int
    """About how many runs of each job there may be."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Waits:
    """What waits to be counted of a job; jobs of which the same waits are counted together."""

    is_new: bool
    last: date
    first: date
    zone: str
    a_day: int
    """How many runs a day there may be: a power of two."""


@lru_cache(maxsize=KNOWN)
def newest_ended(job: Job, at: datetime) -> date:
    """The newest day in the job's zone of which every slot is decided."""
    return day_of(job.slots.timezone, at - SETTLED - _grace(job, at)) - DAY


def oldest_kept(job: Job, at: datetime) -> date:
    """The first day that is counted at all."""
    return newest_ended(job, at) - DAY * (KEPT - 1)


@lru_cache(maxsize=KNOWN)
def counted_at(job: Job, day: date) -> datetime:
    """From when on a day is counted."""
    end = start_of(job.slots.timezone, day + DAY)
    return end + SETTLED + _grace(job, end)


def _grace(job: Job, at: datetime) -> timedelta:
    return min(job.grace_at(at), LONGEST_GRACE)


def floors(jobs: Sequence[Job], known: Mapping[str, Standing]) -> dict[str, date]:
    """Of each job the day of its first run, or on which it became known if that is earlier: one statement."""
    first = rows.oldest(job.name for job in jobs)
    found: dict[str, date] = {}
    for job in jobs:
        standing = known.get(job.name)
        times = [first.get(job.name), standing.since if standing else None]
        day = min((day_of(job.slots.timezone, instant) for instant in times if instant), default=date.max)
        found[job.name] = day
    return found


def next_piece(
    jobs: Iterable[Job],
    spans: Mapping[str, Span],
    crowded: Mapping[str, int],
    at: datetime,
    floors: Mapping[str, date],
) -> Piece | None:
    """The newest days that are not counted yet, of as many jobs as are counted at once; None: all are.

    Args:
        crowded: how many runs a day those jobs have that have more than their schedule says.
        floors: the first days of which there is anything to count, as far as they are known.
    """
    groups: dict[_Waits, list[Job]] = defaultdict(list)
    for job in jobs:
        floor = floors.get(job.name, date.min)
        waits = _waits(job, spans[job.name], crowded.get(job.name, 0), at, floor)
        if waits is not None:
            groups[waits].append(job)
    if not groups:
        return None
    first = max(groups, key=lambda each: (each.is_new, each.last, -each.a_day))
    return _piece(first, groups[first])


def _waits(job: Job, span: Span, crowded: int, at: datetime, floor: date) -> _Waits | None:
    newest, zone = newest_ended(job, at), job.slots.timezone
    oldest = max(oldest_kept(job, at), floor)
    if span.last < newest:
        return _Waits(True, newest, max(span.last + DAY, oldest), zone, _a_day(job, crowded, at))
    if span.first > oldest:
        return _Waits(False, span.first - DAY, oldest, zone, _a_day(job, crowded, at))
    return None


def _piece(waits: _Waits, jobs: Sequence[Job]) -> Piece:
    """So many days, and of so many jobs, as are counted at once."""
    number = min((waits.last - waits.first).days + 1, DAYS, max(1, SLOTS // waits.a_day))
    few = jobs[: max(1, SLOTS // (waits.a_day * number))]
    if not waits.is_new:
        return Piece(few, waits.last - DAY * (number - 1), waits.last, False, number * waits.a_day)
    # A long absence is made up for from its beginning, so that no day is left out.
    again = 0 if waits.a_day >= SLOTS else AGAIN
    last = waits.first + DAY * (number - 1)
    return Piece(few, waits.first - DAY * again, last, True, (number + again) * waits.a_day)


@lru_cache(maxsize=KNOWN)
def _a_day(job: Job, crowded: int, at: datetime) -> int:
    gap = due.usual_gap(job, at)
    usual = ON_DEMAND if gap is None else max(1, round(DAY / gap))
    return 1 << (max(usual, crowded) - 1).bit_length()
