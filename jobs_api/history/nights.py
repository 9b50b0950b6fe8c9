"""The last night of all jobs: how many slots went well, and what happened when."""

from __future__ import annotations

import dataclasses
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from jobs_api.history import due, rows
from jobs_api.history.cell import ran_late
from jobs_api.history.judging import Judge
from jobs_api.history.rows import Done, Found, Row
from jobs_api.history.tally import FAILED, LATE
from jobs_api.models import HELD, State
from jobs_api.monitoring.punctuality import SHORTEST
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing
from jobs_api.runs.types import ORDERED
from jobs_api.schedule.slots import Schedule

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
    stored = rows.within((job.name for job in jobs), start, until, at=at, each=each, now=now, apart=True)
    for job in jobs:
        one = _OfJob(job, stored, standings.get(job.name), planned(job, start, until), at)
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


class _OfJob:
    """One job in this time. Few of its slots need a judge: those whose run did not succeed at once, and those
    that have none."""

    def __init__(self, job: Job, stored: Found, standing: Standing | None, plan: Plan, at: datetime) -> None:
        self.done = stored.done.get(job.name, ())
        self._job, self._rows, self._plan, self._at = job, stored.of(job.name), plan, at
        self._judge = Judge(job, standing, at, since=stored.since, gaps=plan.gaps)
        self._is_paused = bool(standing and standing.pauses)

    def put(self, bins: list[Bin], *, capped: bool) -> None:
        """Add it to the bins.

        Args:
            capped: whether there are older runs that were not read: nothing is said of their slots.
        """
        have = {run.run_date for run in self.done}
        have.update(row.run_date for row in self._rows)
        oldest = min(have, default=self._at) if capped else None
        missing = [slot for slot in self._asked() if slot not in have and (oldest is None or slot > oldest)]
        for run in self.done:
            _add(bins, run.run_date, "ran_late" if self._is_late(run) else "succeeded")
        for cell in self._judge.cells(self._judged(), missing, future=True):
            if cell.run != _DONE:
                _add(bins, cell.slot, cell.state)
        if not self._is_paused:
            for place in self._plan.places[bisect_right(self._plan.slots, self._at) :]:
                bins[place].to_come += 1
            for slot in have:
                if slot > self._at and slot in self._plan.gaps:  # its call came a moment early
                    _add(bins, slot, "to_come", -1)

    def _asked(self) -> Sequence[datetime]:
        """Slots of which it matters whether they have a run; and of those to come, where there are pauses."""
        slots = self._plan.slots
        return slots if self._is_paused else slots[: bisect_right(slots, self._at)]

    def _is_late(self, run: Done) -> bool:
        if self._job.schedule is None or run.trigger in ORDERED:
            return False
        late = run.started_at - run.run_date
        gap = self._plan.gaps.get(run.run_date, self._plan.usual)
        return late > SHORTEST and ran_late(gap, late)

    def _judged(self) -> dict[datetime, Row]:
        """The rows to be judged; where one is held, what came behind it counts, too."""
        found = {row.run_date: row for row in self._rows}
        if any(row.state in HELD for row in self._rows):
            found.update((run.run_date, _row(run)) for run in self.done)
        return found


_DONE = -1
"""What stands for the id of a run that was counted already."""


def _row(run: Done) -> Row:
    times = (run.run_date, run.started_at, run.started_at, None)
    return Row(State.SUCCEEDED, 1, run.trigger, _DONE, "", 0, "", "", False, *times)


def _add(bins: list[Bin], slot: datetime, state: str, number: int = 1) -> None:
    one = bins[min((slot - bins[0].start) // timedelta(minutes=MINUTES), len(bins) - 1)]
    if state == "succeeded":
        one.succeeded += number
    elif state == "to_come":
        one.to_come += number
    elif state != "unknown":
        one.marks[state] += number


# -- when jobs are due, the same all day ------------------------------------------------------


class Plan(NamedTuple):
    """When jobs of one schedule are due in a window."""

    slots: Sequence[datetime]
    places: Sequence[int]
    """Of each slot the number of its bin."""
    gaps: Mapping[datetime, timedelta | None]
    usual: timedelta | None


_plans: dict[tuple[Schedule, datetime, datetime], Plan] = {}
_NONE = Plan((), (), {}, None)
KEPT = 400_000
"""So many slots are remembered."""


def planned(job: Job, start: datetime, until: datetime) -> Plan:
    """When the job is due; calculated once a day for all jobs with its schedule."""
    if job.schedule is None:
        return _NONE
    key = job.slots, start, until
    plan = _plans.get(key)
    if plan is None:
        if len(_plans) % 64 == 0 and sum(len(each.slots) for each in list(_plans.values())) > KEPT:
            _plans.clear()
        plan = _plans[key] = _plan(job, start, until)
    return plan


def _plan(job: Job, start: datetime, until: datetime) -> Plan:
    slots = due.within(job, start, until, SLOTS)
    gaps, length = slots.gaps(), timedelta(minutes=MINUTES)
    places = [(slot - start) // length for slot in slots.slots]
    return Plan(slots.slots, places, gaps, list(gaps.values())[-1] if gaps else None)
