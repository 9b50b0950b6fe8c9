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


def page(filters: Filters = Filters(), *, after: Cursor | None = None, limit: int = PAGE) -> Page:
    """A page of at most `limit` entries: one statement."""
    found = list(_behind(_wanted(filters), after).order_by("-at", "-pk")[: limit + 1])
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
