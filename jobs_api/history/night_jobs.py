"""The slots of one job in a night, put into bins."""

from __future__ import annotations

import dataclasses
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from jobs_api.history import due
from jobs_api.history.cell import ran_late
from jobs_api.history.judging import Judge
from jobs_api.history.rows import Done, Found, Row
from jobs_api.models import HELD, State
from jobs_api.monitoring.punctuality import SHORTEST
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing
from jobs_api.runs.types import ORDERED
from jobs_api.schedule.slots import Schedule

MINUTES = 15
"""How long a bin is."""
SLOTS = 1_500
"""So many slots of one job are looked at."""


@dataclasses.dataclass(slots=True)
class Bin:
    """A quarter of an hour."""

    start: datetime
    minutes: int = MINUTES
    succeeded: int = 0
    marks: Counter[str] = dataclasses.field(default_factory=Counter)
    """Everything else that was due, by its state as in `cells.CELLS`; "ran_late" is among them."""
    to_come: int = 0


class OfJob:
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
            add(bins, run.run_date, "ran_late" if self._is_late(run) else "succeeded")
        for cell in self._judge.cells(self._judged(), missing, future=True):
            if cell.run != _DONE:
                add(bins, cell.slot, cell.state)
        if not self._is_paused:
            for place in self._plan.places[bisect_right(self._plan.slots, self._at) :]:
                bins[place].to_come += 1
            for slot in have:
                if slot > self._at and slot in self._plan.gaps:  # its call came a moment early
                    add(bins, slot, "to_come", -1)

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


def add(bins: list[Bin], slot: datetime, state: str, number: int = 1) -> None:
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
