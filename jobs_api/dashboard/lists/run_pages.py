"""The list of runs: a page of it, and what else its page shows."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import QueryDict

from jobs_api.dashboard.lists import run_search
from jobs_api.dashboard.lists.places import Place
from jobs_api.dashboard.lists.run_filter import NAMES, RunFilter
from jobs_api.dashboard.lists.run_rows import RunRow, rows
from jobs_api.dashboard.lists.run_search import MOST, PAGE, search
from jobs_api.dashboard.lists.run_window import by_slot, looked
from jobs_api.dashboard.viewer import Viewer

COUNTED = 200
"""A page counts up to so many runs; an order about all of them counts further."""
EXPORTED = 50_000
"""So many runs an export has at most."""
BATCH = 500
LOOKS = 20
"""So often an export looks further back."""


@dataclasses.dataclass(frozen=True, slots=True)
class RunPage:
    """A page of the list."""

    wanted: RunFilter
    rows: Sequence[RunRow]
    first: bool
    """Whether it is the first page."""
    count: int | None
    """How many runs there are, up to `COUNTED`; None on later pages, where nobody counts."""
    more: bool
    """Whether there are more than `count`."""
    next: str
    """Where the next page begins, for its address; "" where that was all."""
    further: str
    """The same where nobody has looked further."""
    passed: str
    """From where on runs were passed over that were ordered long after the last slot, for an address."""
    query: str
    """The filter alone, as the query of an address."""

    @property
    def by_slot(self) -> bool:
        """In which order they are: by their slots, or as they were ordered."""
        return by_slot(self.wanted)

    @property
    def looked(self) -> int:
        """Among how many runs it looked."""
        return looked(self.wanted)


def page(query: QueryDict, viewer: Viewer) -> RunPage:
    """A page of runs: as many statements as `search` sends, and two."""
    wanted = RunFilter.of(query, viewer)
    after = Place.of(query.get("after", "")[:60], by_slot=by_slot(wanted))
    found = search(wanted, after, most=PAGE if after else COUNTED)
    shown = found.pks[:PAGE]
    lines = rows(shown, viewer.at)
    return RunPage(
        wanted=wanted,
        rows=lines,
        first=after is None,
        count=None if after else len(found.pks),
        more=found.next is not None,
        next=_text(_next(lines, wanted) if len(found.pks) > PAGE else found.next),
        further=_text(found.further if len(found.pks) <= PAGE else None),
        passed=_text(found.passed),
        query=filter_query(query),
    )


def _next(lines: Sequence[RunRow], wanted: RunFilter) -> Place | None:
    if not lines:
        return None
    return Place(lines[-1].pk, lines[-1].slot) if by_slot(wanted) else Place(lines[-1].pk)


def _text(place: Place | None) -> str:
    return "" if place is None else str(place)


def filter_query(query: QueryDict) -> str:
    """What of an address filters runs, in one order: the page that one is on does not matter."""
    pairs = [(name, value) for name in NAMES for value in query.getlist(name)[:20] if value]
    return urlencode(pairs)


class Matching(NamedTuple):
    """The runs that a filter means now, for orders about all of them."""

    pks: list[int]
    more: bool
    """Whether there are more than these."""
    errors: Sequence[str]
    """What of the filter cannot be read; then there are none."""


def matching(query: str, viewer: Viewer, *, most: int = MOST) -> Matching:
    """The newest runs that a filter means: as many statements as `search` sends.

    Args:
        query: the filter, as the page's form sends it: "state=failed&tag=billing".
        most: at most so many.
    """
    wanted = RunFilter.of(QueryDict(query[:4000]), viewer)
    found = search(wanted, most=most)
    return Matching(found.pks, found.next is not None or found.further is not None, wanted.errors)


def every(wanted: RunFilter, viewer: Viewer) -> Iterator[list[RunRow]]:
    """All runs in batches, for an export, as far as `EXPORTED` and `LOOKS` allow."""
    after: Place | None = None
    left, looks = EXPORTED, LOOKS
    while left > 0 and looks > 0:
        found = run_search.search(wanted, after, most=min(BATCH, left))
        yield rows(found.pks, viewer.at)
        left -= len(found.pks)
        looks -= found.further is not None
        after = found.next or found.further
        if after is None:
            return
