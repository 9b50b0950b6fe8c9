"""Find runs along an index, newest first, however many there are.

All jobs' runs go by their ids, one job's by its slots, and so do those that did not succeed: each way has an
index. What has none, such as a source, is looked for among the next `NEWEST` runs only; from there one may go
on. So no page reads more than that, and no run is out of reach.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from jobs_api import database
from jobs_api.dashboard.lists.places import EPOCH, Place
from jobs_api.dashboard.lists.run_filter import RunFilter, in_state
from jobs_api.dashboard.lists.run_window import NOT_WELL, STORED, Window, by_slot, steps
from jobs_api.models import HELD, JobRun, State

PAGE = 50
MOST = 1000
"""So many are counted."""


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """Some runs, newest first."""

    pks: list[int]
    next: Place | None = None
    """Where the next page begins; None: that was all."""
    further: Place | None = None
    """From where on nobody has looked yet; None: all were looked at."""
    passed: Place | None = None
    """From where on runs were passed over that were ordered long after the last slot that is wanted."""


def search(wanted: RunFilter, after: Place | None = None, *, most: int = PAGE) -> Found:
    """The first runs behind a place: at most six statements, nine where the wanted ones are rare.

    Args:
        most: at most so many.
    """
    if wanted.errors or wanted.chosen.names == ():
        return Found([])
    if wanted.chosen.run is not None:
        found = _with_jobs(wanted).filter(wanted.condition(), pk=wanted.chosen.run)
        return Found(list(found.values_list("pk", flat=True)))
    for number in steps(wanted):
        window = Window.of(wanted, after, number)
        newest = _newest(wanted, window, most + 1)
        if len(newest) > most or window.floor is None:
            break
    shown = [each.pk for each in newest[:most]]
    if len(newest) > most:
        return Found(shown, newest[most - 1], passed=window.passed)
    return Found(shown, further=window.further(), passed=window.passed)


def _newest(wanted: RunFilter, window: Window, most: int) -> list[Place]:
    slots = by_slot(wanted)
    places = {place for part in _parts(wanted) for place in _places(window.cut(part)[:most], slots)}
    return sorted(places, key=lambda place: (place.slot or EPOCH, place.pk), reverse=True)


def _places(part: QuerySet[JobRun], slots: bool) -> Iterator[Place]:
    for pk, slot in part.values_list("pk", "run_date"):
        yield Place(pk, slot if slots else None)


def _parts(wanted: RunFilter) -> Iterator[QuerySet[JobRun]]:
    """Queries that together find all, each along an index."""
    found = _with_jobs(wanted)
    if wanted.chosen.job or not wanted.only_trouble:
        few = ~Q(state=State.SUCCEEDED) if wanted.only_trouble else Q()
        order = ("-run_date", "-pk") if by_slot(wanted) else ("-pk",)
        yield found.filter(wanted.condition(), few).order_by(*order)
        return
    found = found.filter(wanted.condition(with_states=False)).order_by("-run_date", "-pk")
    if left := [STORED[name] for name in wanted.states if name in STORED]:
        yield found.filter(NOT_WELL, reduce(or_, left))
    if held := [in_state(name) for name in wanted.states if name in ("lost", "running")]:
        leased = database.rows().filter(lease_expires_at__isnull=False).values("pk")  # SQLite needs to be led
        yield found.filter(reduce(or_, held), state__in=HELD, pk__in=leased)


def _with_jobs(wanted: RunFilter) -> QuerySet[JobRun]:
    found, names = database.rows(), wanted.chosen.names
    if wanted.chosen.job:
        return found.filter(job_name=wanted.chosen.job)
    return found if names is None else found.filter(job_name__in=names)
