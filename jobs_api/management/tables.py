"""Tables for people, at most as wide as their terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from jobs_api.text import one_line

GAP = "  "
"""Between two columns, and before a line that continues a row."""


def table(headings: Sequence[str], lines: Iterable[Sequence[Any]], width: int | None = None) -> str:
    """Columns as wide as their longest cell; None is shown as a dash.

    If they do not fit into `width`, each row continues on indented lines.
    """
    cells = [list(headings), *([_cell(value) for value in line] for line in lines)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(headings))]
    folds = _folds(widths, width)
    return "\n".join(_part(line, widths, columns) for line in cells for columns in folds)


def _folds(widths: Sequence[int], width: int | None) -> list[range]:
    """The columns of each line of a row."""
    if width is None:
        return [range(len(widths))]
    starts, used = [0], 0
    for column, needed in enumerate(widths):
        if column > starts[-1] and used + needed > width:
            starts.append(column)
            used = len(GAP)  # the indent
        used += needed + len(GAP)
    return list(map(range, starts, [*starts[1:], len(widths)]))


def _part(line: Sequence[str], widths: Sequence[int], columns: range) -> str:
    indent = GAP if columns.start else ""
    return indent + GAP.join(line[column].ljust(widths[column]) for column in columns).rstrip()


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return one_line(str(value)) or "-"
