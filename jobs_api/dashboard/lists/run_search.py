"""Find runs along an index, newest first, however many there are.

All jobs' runs go by their ids, one job's by its slots, and so do those that did not succeed: each way has an
index. What has none, such as a source, is looked for among the next `NEWEST` runs only; from there one may go
on. So no page reads more than that, and no run is out of reach.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from django.db.models import Q, QuerySet

from jobs_api import database
from jobs_api.dashboard.lists.places import EPOCH, Place
from jobs_api.dashboard.lists.run_filter import ENDED_BADLY, RunFilter, in_state
from jobs_api.models import HELD, JobRun, State
from jobs_api.text.numbers import LARGEST_ID

PAGE = 50
MOST = 1000
"""So many are counted."""
NEWEST = 50_000
"""Among so many runs a filter looks that no index serves."""


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """Some runs, newest first."""

    pks: list[int]
    next: Place | None = None
    """Where the next page begins; None: that was all."""
    further: Place | None = None
    """From where on nobody has looked yet; None: all were looked at."""


def search(wanted: RunFilter, after: Place | None = None, *, most: int = PAGE) -> Found:
    """The first runs behind a place: at most five statements.

    Args:
        most: at most so many.
    """
    if wanted.errors or wanted.chosen.names == ():
        return Found([])
    if wanted.chosen.run is not None:
        found = _with_jobs(wanted).filter(wanted.condition(), pk=wanted.chosen.run)
        return Found(list(found.values_list("pk", flat=True)))
    window = _Window.of(wanted, after)
    slots = by_slot(wanted)
    places = {place for part in _parts(wanted) for place in _places(window.cut(part)[: most + 1], slots)}
    newest = sorted(places, key=lambda place: (place.slot or EPOCH, place.pk), reverse=True)
    shown = [each.pk for each in newest[:most]]
    if len(newest) > most:
        return Found(shown, newest[most - 1])
    return Found(shown, further=window.further())


def by_slot(wanted: RunFilter) -> bool:
    """Whether the runs go by their slots; otherwise by their ids."""
    return bool(wanted.chosen.job) or wanted.only_trouble


def _places(part: QuerySet[JobRun], slots: bool) -> Iterator[Place]:
    for pk, slot in part.values_list("pk", "run_date"):
        yield Place(pk, slot if slots else None)


def _parts(wanted: RunFilter) -> Iterator[QuerySet[JobRun]]:
    """Queries that together find all, each along an index."""
    found = _with_jobs(wanted)
    if wanted.chosen.job or not wanted.only_trouble:
        found = found.filter(wanted.condition())
        few = ~Q(state=State.SUCCEEDED) if wanted.only_trouble else Q()
        yield found.filter(few).order_by(*(("-run_date", "-pk") if by_slot(wanted) else ("-pk",)))
        return
    found = found.filter(wanted.condition(with_states=False), ~Q(state=State.SUCCEEDED)).order_by(
        "-run_date", "-pk"
    )
    if ended := [name for name in wanted.states if name in ENDED_BADLY]:
        yield found.filter(_any(ended), state__in=_stored(ended), lease_expires_at=None)
    if held := [name for name in wanted.states if name in ("lost", "running")]:
        yield found.filter(_any(held), state__in=HELD, lease_expires_at__isnull=False)
    if "queued" in wanted.states:
        yield found.filter(state=State.QUEUED, next_attempt_at__isnull=False)


def _any(states: list[str]) -> Q:
    found = Q()
    for state in states:
        found |= in_state(state)
    return found


def _stored(states: list[str]) -> list[str]:
    return sorted({"failed" if name == "lost" else name for name in states})


def _with_jobs(wanted: RunFilter) -> QuerySet[JobRun]:
    found, names = database.rows(), wanted.chosen.names
    if wanted.chosen.job:
        return found.filter(job_name=wanted.chosen.job)
    return found if names is None else found.filter(job_name__in=names)


@dataclasses.dataclass(slots=True)
class _Window:
    """The part of an index that a page reads."""

    wanted: RunFilter
    after: Place | None
    floor: Place | None = None
    """Behind which nobody looks; None: a page ends by itself."""

    @classmethod
    def of(cls, wanted: RunFilter, after: Place | None) -> _Window:
        window = cls(wanted, after)
        if window._is_selective():
            window.floor = window._floor()
        return window

    def cut(self, part: QuerySet[JobRun]) -> QuerySet[JobRun]:
        """The part of these runs that lies in it."""
        if self.after is not None:
            part = part.filter(self.after.behind)
        if self.floor is None:
            return part
        return (
            part.filter(run_date__gt=self.floor.slot)
            if self.floor.slot
            else part.filter(pk__gt=self.floor.pk)
        )

    def further(self) -> Place | None:
        """Where the next one begins."""
        if self.floor is None or self.floor.slot is not None:
            return None if self.floor is None else Place(LARGEST_ID, self.floor.slot)
        pk = (
            database.rows().filter(pk__lte=self.floor.pk).order_by("-pk").values_list("pk", flat=True).first()
        )
        return None if pk is None else Place(pk + 1)

    def _is_selective(self) -> bool:
        """Whether the index leads to runs that are not wanted."""
        wanted = self.wanted
        if wanted.source or wanted.trigger:
            return True
        if wanted.chosen.job:
            return bool(wanted.states) and set(wanted.states) != {"succeeded"}
        if wanted.only_trouble:
            return wanted.chosen.names is not None or len(wanted.states) < len(ENDED_BADLY)
        dates = wanted.since is not None or wanted.until is not None
        return dates or wanted.chosen.names is not None or bool(wanted.states)

    def _floor(self) -> Place | None:
        return self._floor_of_slots() if by_slot(self.wanted) else self._floor_of_ids()

    def _floor_of_ids(self) -> Place | None:
        if self.after is not None:
            top = self.after.pk
        else:
            newest = database.rows().order_by("-pk").values_list("pk", flat=True).first() or 0
            top = newest + 1
        return Place(top - NEWEST - 1) if top > NEWEST + 1 else None

    def _floor_of_slots(self) -> Place | None:
        along = self._along().order_by("-run_date")
        if self.after is not None and self.after.slot is not None:
            along = along.filter(run_date__lte=self.after.slot)
        elif self.wanted.until is not None:
            along = along.filter(run_date__lt=self.wanted.until)
        for slot in along.values_list("run_date", flat=True)[NEWEST : NEWEST + 1]:
            return Place(0, slot)
        return None

    def _along(self) -> QuerySet[JobRun]:
        """All that the index leads to."""
        job, rows = self.wanted.chosen.job, database.rows()
        rows = rows.filter(job_name=job) if job else rows
        if not self.wanted.only_trouble:
            return rows
        few = rows.filter(~Q(state=State.SUCCEEDED))
        return few if job else few.filter(lease_expires_at=None)
