"""The controls above a list: what may be chosen, what is, and the addresses that change it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise

from jobs_api.dashboard.query import changed
from jobs_api.text import visible

Text = str | Promise
PLACE = {"after": None, "past": None}
"""Another filter begins on the first page."""
MOST = 200
"""So many choices a select has."""


@dataclasses.dataclass(frozen=True, slots=True)
class Chip:
    """A choice that is a link: it switches itself."""

    label: Text
    address: str
    on: bool
    value: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Select:
    """A choice of one out of many."""

    name: str
    label: Text
    value: str
    choices: Sequence[tuple[str, Text]]


@dataclasses.dataclass(frozen=True, slots=True)
class Active:
    """A filter that is in force, with the address of the list without it."""

    label: Text
    value: Text
    address: str


def toggles(query: QueryDict, name: str, choices: Iterable[tuple[str, Text]]) -> list[Chip]:
    """Chips of which several may be on."""
    on = [value for value in query.getlist(name)[:20] if value]
    return [_toggle(query, name, value, label, on) for value, label in choices]


def _toggle(query: QueryDict, name: str, value: str, label: Text, on: Sequence[str]) -> Chip:
    rest = [each for each in on if each != value]
    chosen = rest if value in on else [*on, value]
    return Chip(label, changed(query, {**PLACE, name: chosen or None}), value in on, value)


def one_of(query: QueryDict, name: str, choices: Iterable[tuple[str, Text]], value: str) -> list[Chip]:
    """Chips of which exactly one is on; "" is that of everything."""
    return [
        Chip(label, changed(query, {**PLACE, name: each or None}), each == value, each)
        for each, label in choices
    ]


def select(name: str, label: Text, value: str, choices: Iterable[str | tuple[str, Text]]) -> Select:
    """A select; what the address says is among its choices, known or not."""
    pairs = [(each, visible(each)) if isinstance(each, str) else each for each in choices][:MOST]
    if value and value not in dict(pairs):
        pairs.append((value, visible(value)))
    return Select(name, label, value, pairs)


def active(query: QueryDict, told: Mapping[str, tuple[Text, Any]]) -> Iterator[Active]:
    """What is in force, of these filters by their names in the address.

    Args:
        told: the label of each, and its value in words; an empty one is not in force.
    """
    for name, (label, value) in told.items():
        if value:
            shown = visible(value) if isinstance(value, str) else value
            yield Active(label, shown, changed(query, {**PLACE, name: None}))
