"""The window that an address asks for."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext as _

from jobs_api.dashboard import query
from jobs_api.dashboard.plots.timeline import window

FIRST, LAST = datetime(1971, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)


def of(asked: QueryDict, at: datetime, zone: ZoneInfo) -> window.Window:
    """The window of an address; where that is not valid, as much of it as is, and what is wrong."""
    kind = query.choice(asked, "range", (*window.RANGES,), window.NEXT)
    start, start_fault = _instant(asked, "from", zone)
    end, end_fault = _instant(asked, "to", zone)
    fault = start_fault or end_fault
    if start is None:
        return dataclasses.replace(window.live(kind, at, zone), fault=fault or _alone(end))
    if end is None or end_fault:
        return dataclasses.replace(window.ranged(kind, start, at, zone), fault=fault)
    if end <= start:
        fault = _("“to” has to be later than “from”.")
        return dataclasses.replace(window.ranged(kind, start, at, zone), fault=fault)
    if end - start > window.LONGEST:
        fault = _("At most 8 days are shown at once.")
    end = min(max(end, start + window.SHORTEST), start + window.LONGEST)
    return window.Window(start, end, "", live=False, zone=zone, at=at, fault=fault)


def _alone(end: datetime | None) -> str:
    return "" if end is None else _("“to” needs a “from”.")


def is_local(asked: QueryDict) -> bool:
    """Whether the address has a time without a zone: it would mean another one to somebody elsewhere."""
    given = (_parsed(query.text(asked, name)) for name in ("from", "to"))
    return any(instant is not None and instant.utcoffset() is None for instant in given)


def _instant(asked: QueryDict, name: str, zone: ZoneInfo) -> tuple[datetime | None, str]:
    text = query.text(asked, name)
    if not text:
        return None, ""
    instant = _parsed(text)
    if instant is not None:
        try:
            aware = instant.replace(tzinfo=zone) if instant.utcoffset() is None else instant
            utc = aware.astimezone(UTC)
        except OverflowError:
            utc = LAST
        if FIRST < utc < LAST:
            return utc.replace(second=0, microsecond=0), ""
    known = {"name": name, "text": text[:40]}
    return None, _("“%(name)s” is “%(text)s”: that is no time such as 2026-11-25T20:00.") % known


def _parsed(text: str) -> datetime | None:
    """A time as people and forms write it; a space where a + stood in an address is one."""
    try:
        return datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        return None
