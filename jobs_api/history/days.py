"""The year of a job, day by day in its zone: from the roll-up, and from runs for days that are not in it yet.

The worst slot of a day wins: "failed" (also lost, and overdue), "missed", "late" (also ran late), "well";
"paused" where every slot of the day passed while the job was paused, "none" where none was due, "unknown"
where it was not known yet.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Subquery

from jobs_api.database import alias
from jobs_api.history import due, rows
from jobs_api.history.calendar import DAY, day_of, days, hours, start_of
from jobs_api.history.counting import SLOTS, tallies
from jobs_api.history.tally import FAILED, LATE, Tally, fine
from jobs_api.models import JobDay, JobHistory
from jobs_api.monitoring.histograms import Histogram
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing

WEEKS = 53
ROWS = 5000
"""So many runs at most are read for days that are not in the roll-up; days before them are "unknown"."""


@dataclasses.dataclass(slots=True)
class Day:
    """One day of one job."""

    day: date
    worst: str
    """See above."""
    slots: int = 0
    succeeded: int = 0
    """Those that ran late included."""
    failed: int = 0
    missed: int = 0
    late: int = 0
    hours: float = 24
    """23 or 25 where the clocks change."""
    durations: Histogram = dataclasses.field(default_factory=fine)
    counts: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """How many slots of each state of `cells.CELLS`."""
    lateness: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """By source, histograms as they are stored: `lateness.summed_up` reads those of a few days."""

    @classmethod
    def of(cls, day: date, zone: str, worst: str, counts: Mapping[str, int], durations: Histogram) -> Day:
        """From what was counted."""

        def number(*states: str) -> int:
            return sum(counts.get(state, 0) for state in states)

        slots = sum(counts.values()) - number("unknown", "to_come")
        well = number("succeeded", "ran_late")
        bad = number(*FAILED)
        length = hours(zone, day)
        return cls(
            day, worst, slots, well, bad, number("missed"), number(*LATE), length, durations, dict(counts)
        )


def year(job: Job, *, at: datetime, standing: Standing | None, now: datetime | None = None) -> list[Day]:
    """53 weeks of days, beginning with a Monday, to today in the job's zone: two statements."""
    zone = job.slots.timezone
    today = day_of(zone, at)
    first = today - DAY * (today.weekday() + 7 * (WEEKS - 1))
    return between(job, first, today, at=at, standing=standing, now=now)


def between(
    job: Job,
    first: date,
    last: date,
    *,
    at: datetime,
    standing: Standing | None,
    now: datetime | None = None,
) -> list[Day]:
    """These days: two statements."""
    zone, rolled = job.slots.timezone, stored(job.name, first, last)
    counted = {row.day: row for row in rolled.rows}
    fresh = _fresh(job, [day for day in days(first, last) if rolled.lacks(day)], at, standing, now)
    return [
        _stored(counted[day]) if day in counted else _of(fresh.get(day), day, zone)
        for day in days(first, last)
    ]


@dataclasses.dataclass(frozen=True, slots=True)
class Rolled:
    """What the roll-up has of some days of a job."""

    rows: list[JobDay]
    first: date | None
    """All days from this one to the last one are counted: those without a row say nothing. None: none is."""
    last: date | None

    def lacks(self, day: date) -> bool:
        """Whether the day is to be counted by the reader: the roll-up will come to earlier ones by itself."""
        return self.first is None or self.last is None or day > self.last


def stored(name: str, first: date, last: date) -> Rolled:
    """What the roll-up has of these days: one statement."""
    history = JobHistory.objects.using(alias()).filter(job_name=OuterRef("job_name"))
    found = JobDay.objects.using(alias()).filter(job_name=name, day__range=(first, last))
    rows: list[Any] = list(
        found.filter(counted_at__isnull=False)
        .annotate(first=Subquery(history.values("first_day")), last=Subquery(history.values("last_day")))
        .order_by("day")
    )
    return Rolled(rows, rows[0].first, rows[0].last) if rows else Rolled([], None, None)


def _stored(row: JobDay) -> Day:
    durations = fine()
    durations.read(row.durations)
    day = Day.of(row.day, row.timezone, row.worst, row.counts, durations)
    day.lateness = row.lateness
    return day


def _of(tally: Tally | None, day: date, zone: str) -> Day:
    if tally is None:
        return Day(day, "unknown", hours=hours(zone, day))
    found = Day.of(day, zone, tally.worst, tally.states, tally.durations)
    found.lateness = {source: each.stored() for source, each in tally.lateness.items()}
    return found


def _fresh(
    job: Job, missing: list[date], at: datetime, standing: Standing | None, now: datetime | None
) -> dict[date, Tally]:
    """Days that are not in the roll-up yet, the newest ones, as far as `ROWS` runs reach."""
    if not missing:
        return {}
    zone, end = job.slots.timezone, start_of(job.slots.timezone, missing[-1] + DAY)
    first = _bounded(job, missing[0], end, at)
    found = rows.within([job.name], start_of(zone, first), end, at=at, each=ROWS, now=now)
    if len(found.of(job.name)) >= ROWS:  # the oldest of these days is not whole
        first = day_of(zone, found.of(job.name)[0].run_date) + DAY
    counted = tallies(job, found, first, missing[-1], at=at, standing=standing)
    return {day: counted[day] for day in missing if day in counted}


def _bounded(job: Job, first: date, end: datetime, at: datetime) -> date:
    """The first day, or a later one where there would be too many slots to look at."""
    gap = due.usual_gap(job, at)
    return first if gap is None else max(first, day_of(job.slots.timezone, end - gap * SLOTS))


def last_days(zone: str, at: datetime, number: int) -> tuple[date, date]:
    """The last so many days, today included."""
    today = day_of(zone, at)
    return today - timedelta(days=number - 1), today
