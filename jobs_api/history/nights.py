"""The last night of all jobs: how many slots went well, and what happened when."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from jobs_api.history import rows
from jobs_api.history.night_counts import Asked, count
from jobs_api.history.night_jobs import MINUTES, OfJob, planned
from jobs_api.history.night_jobs import Bin as Bin
from jobs_api.history.tally import FAILED, LATE
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing

BEGINS, ENDS = time(20), time(8)
ROWS = 30_000
"""So many runs of all jobs are looked at one by one."""
LEAST = 10
"""But of each job so many."""
FEW = 100
"""Of more jobs than this, those of which every slot has a run are counted by the database."""


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
    """The last night of these jobs, in the zone of whoever looks: one statement; of many jobs four."""
    start, end, until = _bounds(at, zone)
    found = Night(start=start, end=end, bins=_bins(start, until))
    asked = Asked(start, until, at, now)
    left = jobs if len(jobs) <= FEW else count(jobs, found.bins, asked, standings)
    each = max(LEAST, ROWS // max(len(left), 1))
    stored = rows.within((job.name for job in left), start, until, at=at, each=each, now=now, apart=True)
    for job in left:
        one = OfJob(job, stored, standings.get(job.name), planned(job, start, until), at)
        capped = len(stored.of(job.name)) + len(one.done) >= each
        found.capped |= capped
        one.put(found.bins, capped=capped)
    for each_bin in found.bins:
        (found if each_bin.start < end else found.since).add(each_bin)
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
