"""The query of an address: filter, sort, range and zone live there, so that a link shows the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

MOST = 200
"""No value of ours is longer."""
WHOLE = 2000
"""Nor are all of them together: a page has hundreds of links, and an address may be of anybody."""


def changed(query: QueryDict, changes: Mapping[str, Any]) -> str:
    """The query, with "?", after these changes; None or "" leaves a name out."""
    new = _kept(query)
    for name, value in changes.items():
        new.pop(name, None)
        if isinstance(value, list | tuple):
            new.setlist(name, [str(each) for each in value])
        elif value not in (None, ""):
            new[name] = str(value)
    return f"?{new.urlencode()}"


def _kept(query: QueryDict) -> QueryDict:
    """What of an address goes on in links."""
    new, left = QueryDict(mutable=True, encoding=query.encoding), WHOLE
    for name, values in query.lists():
        for value in values:
            left -= len(name) + len(value[:MOST])
            if left < 0:
                return new
            new.appendlist(name, value[:MOST])
    return new


def text(query: QueryDict, name: str) -> str:
    """A value as it was written, without what no database takes; "" where it is missing."""
    return query.get(name, "").replace("\x00", "")[:MOST].strip()


def choice(query: QueryDict, name: str, choices: Mapping[str, Any] | tuple[str, ...], default: str) -> str:
    """One of the choices; the default where it is missing or something else."""
    value = query.get(name, "")
    return value if value in choices else default
