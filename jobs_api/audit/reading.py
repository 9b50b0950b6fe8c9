"""Read the audit, newest first: page by page, each with one statement, however many entries there are.

found = page(Filters(job="nightly"), limit=50)
found.entries, found.cursor        # page(filters, after=found.cursor) continues; None: that was all
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q, QuerySet

from jobs_api.database import alias
from jobs_api.models import AuditEntry

PAGE = 500
NEWEST = 50_000
"""Among so many entries a page looks for what no index serves."""


class Cursor(NamedTuple):
    """Where a page ended."""

    at: datetime
    pk: int


@dataclasses.dataclass(frozen=True, slots=True)
class Filters:
    """Which entries are wanted; what is empty does not matter."""

    action: str = ""
    actor: str = ""
    origin: str = ""
    job: str = ""
    run: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Exclusive."""


class Page(NamedTuple):
    """Some entries, newest first."""

    entries: list[AuditEntry]
    cursor: Cursor | None
    """Where the next page begins; None if there is none."""


class Look(NamedTuple):
    """Some entries, newest first, of those that were looked at."""

    entries: list[AuditEntry]
    cursor: Cursor | None
    """Where the next page begins; None if there is none among these."""
    further: Cursor | None
    """From where on nobody has looked yet; None: all were looked at."""


def look(filters: Filters = Filters(), *, after: Cursor | None = None, limit: int = PAGE) -> Look:
    """A page that looks at no more than `NEWEST` entries: at most two statements."""
    floor = _floor(filters, after)
    found = page(filters, after=after, limit=limit, above=floor)
    return Look(found.entries, found.cursor, floor if found.cursor is None else None)


def _floor(filters: Filters, after: Cursor | None) -> Cursor | None:
    """Where a look ends: at times, or at those of a job, an index ends it by itself."""
    if not (filters.action or filters.actor or filters.origin or filters.run is not None):
        return None
    along = _behind(_wanted(Filters(job=filters.job, until=filters.until)), after).order_by("-at", "-pk")
    for at, pk in along.values_list("at", "pk")[NEWEST : NEWEST + 1]:
        return Cursor(at, pk + 1)
    return None


def page(
    filters: Filters = Filters(),
    *,
    after: Cursor | None = None,
    limit: int = PAGE,
    above: Cursor | None = None,
) -> Page:
    """A page of at most `limit` entries: one statement.

    Args:
        after: where the page before ended.
        above: where this one ends, if not before.
    """
    wanted = _behind(_wanted(filters), after)
    if above is not None:
        wanted = wanted.filter(Q(at__gt=above.at) | Q(pk__gte=above.pk), at__gte=above.at)
    found = list(wanted.order_by("-at", "-pk")[: limit + 1])
    entries = found[:limit]
    more = entries and len(found) > limit
    return Page(entries, Cursor(entries[-1].at, entries[-1].pk) if more else None)


def every(
    filters: Filters = Filters(), *, limit: int | None = None, size: int | None = None
) -> Iterator[list[AuditEntry]]:
    """All entries in pages of at most `size` (None: `PAGE`): never more than one page in memory.

    Args:
        limit: at most so many entries; None is all of them.
    """
    after: Cursor | None = None
    size = size or PAGE
    while True:
        found = page(filters, after=after, limit=size if limit is None else min(size, limit))
        yield found.entries
        limit = None if limit is None else limit - len(found.entries)
        if found.cursor is None or limit == 0:
            return
        after = found.cursor


def _behind(entries: QuerySet[AuditEntry], after: Cursor | None) -> QuerySet[AuditEntry]:
    """Those that come after the cursor; the first condition is the one that an index serves."""
    if after is None:
        return entries
    return entries.filter(Q(at__lt=after.at) | Q(pk__lt=after.pk), at__lte=after.at)


def _wanted(filters: Filters) -> QuerySet[AuditEntry]:
    wanted = {
        "action": filters.action,
        "actor": filters.actor,
        "origin": filters.origin,
        "job_name": filters.job,
    }
    entries = AuditEntry.objects.using(alias()).filter(
        **{name: text for name, text in wanted.items() if text}
    )
    if filters.run is not None:
        entries = entries.filter(run=filters.run)
    if filters.since is not None:
        entries = entries.filter(at__gte=filters.since)
    return entries if filters.until is None else entries.filter(at__lt=filters.until)
