"""Tables for people: on a terminal they fit its width; in a file or a pipe they are complete.

On a terminal, long texts of a table that is too wide are shortened, and columns are left out, the least
important first. A line below the table says which, and the zone of its times. In a file or a pipe, each row
is one line with every column, and each time has its offset.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.utils import timezone

from jobs_api.management import cells, fitting

GAP = "  "
"""Between two columns."""
HEADING, NOTE = "bold", "dim"
_GOOD, _BAD, _BUSY, _WAITS = "green", "bold red", "cyan", "yellow"
STYLES = {
    **dict.fromkeys(("ok", "succeeded", "already_succeeded"), _GOOD),
    **dict.fromkeys(("failed", "failing", "missed", "overdue", "attempts_exhausted", "submit_failed"), _BAD),
    **dict.fromkeys(("running", "claimed", "accepted", "already_running"), _BUSY),
    **dict.fromkeys(("paused", "queued", "skipped", "cancelled", "expired", "retry_later"), _WAITS),
    "overlap_skipped": _WAITS,
    "silent": _WAITS,
}
"""By the first word of a cell."""
STYLED = ("state", "last_state", "health", "outcome")
"""The columns that have such words, which are ours: no text of a caller is in them."""


class Piece(NamedTuple):
    """A part of a line in one style."""

    text: str
    style: str = ""


Line = list[Piece]


@dataclasses.dataclass(frozen=True)
class Table:
    """A table as it is known, before anybody knows where it is shown."""

    headings: Sequence[str]
    rows: Sequence[Sequence[Any]]
    """Text, numbers, aware datetimes; None is shown as a dash."""
    drop: Sequence[str] = ()
    """The headings of columns that may be left out, the least important first; then come the others, from the
    right. The first column always stays."""

    @classmethod
    def of(cls, headings: Sequence[str], rows: Iterable[Sequence[Any]], drop: Sequence[str] = ()) -> Table:
        """From rows of any kind."""
        return cls(headings, list(rows), drop)

    def __str__(self) -> str:
        """As in a file."""
        return "\n".join(map(plain, self.lines()))

    def lines(self, width: int | None = None, encoding: str = "utf-8") -> list[Line]:
        """Its lines for a terminal of that width; None: for a file or a pipe, where nothing is left out."""
        brief = width is not None
        columns = [
            cells.column(heading, [row[index] for row in self.rows], brief=brief, encoding=encoding)
            for index, heading in enumerate(self.headings)
        ]
        if width is None:
            return _lines(columns)
        shown, left_out = fitting.fit(columns, self._order(), width - len(GAP) * (len(columns) - 1), len(GAP))
        note = _note(shown, left_out)
        return [*_lines(shown), *([[Piece(cells.cut(note, width, encoding), NOTE)]] if note else [])]

    def _order(self) -> list[str]:
        """In which columns are left out."""
        wanted = [heading for heading in self.drop if heading in self.headings]
        return [*wanted, *(heading for heading in reversed(self.headings[1:]) if heading not in wanted)]


def _lines(columns: Sequence[cells.Column]) -> list[Line]:
    heads = [Piece(column.padded(0), HEADING) for column in columns]
    number = len(columns[0].texts)
    return [_line(heads), *(_line([_piece(each, row) for each in columns]) for row in range(1, number))]


def _line(pieces: Sequence[Piece]) -> Line:
    """With gaps, and nothing at its end that nobody sees."""
    line = [piece for each in pieces for piece in (Piece(GAP), each)][1:]
    text, style = line[-1]
    return [*line[:-1], Piece(text.rstrip(), style)]


def _piece(column: cells.Column, row: int) -> Piece:
    style = STYLES.get(column.texts[row].partition(" ")[0], "") if column.heading in STYLED else ""
    return Piece(column.padded(row), style)


def _note(shown: Sequence[cells.Column], left_out: Sequence[str]) -> str:
    """What a reader of a terminal cannot see in the table."""
    zone = f"Times in {settings.TIME_ZONE}." if any(column.has_times for column in shown) else ""
    rest = f"Left out: {', '.join(left_out)}." if left_out else ""
    return " ".join(filter(None, (zone, rest)))


def plain(line: Line) -> str:
    """A line without its styles."""
    return "".join(piece.text for piece in line)


def moment(instant: datetime) -> str:
    """An instant in a sentence: in the zone of all tables, with its offset."""
    return instant.astimezone(timezone.get_default_timezone()).isoformat(sep=" ", timespec="seconds")
