"""Make a table as narrow as its terminal: shorten texts while they stay readable, then leave columns out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from jobs_api.management.cells import Column

READABLE = 24
"""A text is not made shorter than that while there is another column to leave out."""


def fit(
    columns: Sequence[Column], order: Iterable[str], room: int, gap: int
) -> tuple[list[Column], list[str]]:
    """The columns that fit, narrower where they have to be, and the headings of those that were left out.

    Args:
        order: the headings that may go, the least important first.
        room: for the cells of all columns, without the gaps between them.
        gap: between two columns; each one that goes leaves this much room more.
    """
    kept, gone = list(columns), list[str]()
    empty_first = sorted(order, key=lambda heading: not _named(columns, heading).empty)
    for heading in empty_first:
        if (fitted := _narrowed(kept, room)) is not None:
            return fitted, gone
        lost = _named(kept, heading)
        kept.remove(lost)
        room += gap
        gone += [] if lost.empty else [heading]
    return _narrowed(kept, room) or [dataclasses.replace(each, width=max(room, 1)) for each in kept], gone


def _named(columns: Sequence[Column], heading: str) -> Column:
    return next(column for column in columns if column.heading == heading)


def _narrowed(columns: Sequence[Column], room: int) -> list[Column] | None:
    """The columns with the widest texts shortened; None if they would not be readable."""
    widths = [min(column.width, max(room, 1)) if column.elastic else column.width for column in columns]
    least = [min(width, _least(column)) for column, width in zip(columns, widths, strict=True)]
    if sum(least) > room:
        return None
    while sum(widths) > room:
        widest = max(range(len(widths)), key=lambda index: widths[index] - least[index])
        widths[widest] -= 1
    return [dataclasses.replace(column, width=width) for column, width in zip(columns, widths, strict=True)]


def _least(column: Column) -> int:
    return max(READABLE, len(column.heading)) if column.elastic else column.width
