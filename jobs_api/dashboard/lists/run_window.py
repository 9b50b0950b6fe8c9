"""The part of an index that a page of runs reads: bounded, however many runs there are."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from jobs_api import database
from jobs_api.dashboard.lists import by_time
from jobs_api.dashboard.lists.places import Place
from jobs_api.dashboard.lists.run_filter import RunFilter
from jobs_api.models import JobRun, Reason, State
from jobs_api.text.numbers import LARGEST_ID

NEWEST = 50_000
"""Among so many runs a filter looks that no index serves."""
NEWEST_OF_JOB = 10_000
"""The same by slots: such runs lie far apart in the table."""
CLOSE = 500
"""Among so many of them it looks first: that mostly fills a page, and takes a twentieth of the time."""


AFTERWARDS = timedelta(days=1)
"""Most runs are ordered within that time after their slots."""
NOT_WELL = ~Q(state=State.SUCCEEDED) & Q(lease_expires_at=None)
"""As an index has it: the runs of all jobs that nobody holds and that did not succeed, by their slots."""
STORED = {
    "failed": Q(state=State.FAILED) & ~Q(reason=Reason.LOST),
    "lost": Q(state=State.FAILED, reason=Reason.LOST),
    **{str(state): Q(state=state) for state in (State.QUEUED, State.SKIPPED, State.CANCELLED)},
}
"""States of runs that nobody holds, as they are stored."""


def by_slot(wanted: RunFilter) -> bool:
    """Whether the runs go by their slots; otherwise by their ids."""
    return bool(wanted.chosen.job) or wanted.only_trouble


def looked(wanted: RunFilter) -> int:
    """Among how many runs a page looks at most where no index serves."""
    return NEWEST_OF_JOB if by_slot(wanted) else NEWEST


def steps(wanted: RunFilter) -> tuple[int, ...]:
    """Among how many runs a page looks at first, and among how many if it is not full then."""
    return (CLOSE, NEWEST_OF_JOB) if by_slot(wanted) else (NEWEST,)


@dataclasses.dataclass(slots=True)
class Window:
    """From a place to a floor."""

    wanted: RunFilter
    after: Place | None
    floor: Place | None = None
    """Behind which nobody looks; None: a page ends by itself."""
    passed: Place | None = None
    """From where on it passes over runs that were ordered long after the last slot that is wanted."""

    @classmethod
    def of(cls, wanted: RunFilter, after: Place | None, number: int) -> Window:
        """For a page that begins there: at most two statements.

        Args:
            number: among how many runs it looks: one of `steps`.
        """
        window = cls(wanted, after)
        if window._is_selective():
            window.floor = window._floor_of_slots(number) if by_slot(wanted) else window._floor_of_ids(number)
        return window

    def cut(self, part: QuerySet[JobRun]) -> QuerySet[JobRun]:
        """The part of these runs that lies in it."""
        if self.after is not None:
            part = part.filter(self.after.behind)
        if self.floor is None:
            return part
        above = Q(run_date__gt=self.floor.slot) if self.floor.slot else Q(pk__gt=self.floor.pk)
        return part.filter(above)

    def further(self) -> Place | None:
        """Where the next one begins: at most one statement; None: there is none."""
        if self.floor is None:
            return None
        if self.floor.slot is not None:
            return Place(LARGEST_ID, self.floor.slot)
        pk = _newest(database.rows().filter(pk__lte=self.floor.pk))
        return Place(pk + 1) if pk else None

    def _is_selective(self) -> bool:
        """Whether the index leads to runs that are not wanted."""
        wanted = self.wanted
        if wanted.source or wanted.trigger:
            return True
        if wanted.chosen.job:
            return bool(wanted.states) and set(wanted.states) != {"succeeded"}
        if wanted.only_trouble:
            return wanted.chosen.names is not None or not set(wanted.states) >= STORED.keys()
        dates = wanted.since is not None or wanted.until is not None
        return dates or wanted.chosen.names is not None or bool(wanted.states)

    def _floor_of_ids(self, number: int) -> Place | None:
        top = (_newest(database.rows()) + 1) if self.after is None else self.after.pk
        if top <= number + 1:
            return None
        if self.after is None and self.wanted.until is not None:
            top = self._jump(top, self.wanted.until + AFTERWARDS)
        return Place(max(top - number - 1, 0))

    def _jump(self, top: int, instant: datetime) -> int:
        pk = by_time.first_after(instant) or top
        if pk < top:
            self.after, self.passed = Place(pk), Place(top)
        return min(pk, top)

    def _floor_of_slots(self, number: int) -> Place | None:
        along = self._along().order_by("-run_date")
        if self.after is not None and self.after.slot is not None:
            along = along.filter(run_date__lte=self.after.slot)
        elif self.wanted.until is not None:
            along = along.filter(run_date__lt=self.wanted.until)
        for slot in along.values_list("run_date", flat=True)[number : number + 1]:
            return Place(0, slot)
        return None

    def _along(self) -> QuerySet[JobRun]:
        """All that the index leads to."""
        job, rows = self.wanted.chosen.job, database.rows()
        rows = rows.filter(job_name=job) if job else rows
        if not self.wanted.only_trouble:
            return rows
        return rows.filter(~Q(state=State.SUCCEEDED)) if job else rows.filter(NOT_WELL)


def _newest(found: QuerySet[JobRun]) -> int:
    return found.order_by("-pk").values_list("pk", flat=True).first() or 0
