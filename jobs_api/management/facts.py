"""Facts for people: a label and a text in each line; on a terminal, a long text continues below itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

from jobs_api.management.cells import width as width_of
from jobs_api.management.tables import GAP, Line, Piece
from jobs_api.text import encodable, one_line

LABEL, BAD = "bold", "bold red"
NARROW = 10
"""A text has at least so many columns, however narrow the terminal is."""


class Fact(NamedTuple):
    """One line."""

    label: str
    text: str
    style: str = ""


@dataclasses.dataclass(frozen=True)
class Facts:
    """What `Screen.table` prints as a list."""

    facts: Sequence[Fact]

    def lines(self, width: int | None = None, encoding: str = "utf-8") -> list[Line]:
        """Its lines for a terminal of that width; None: each fact is one line."""
        labels = max((width_of(fact.label) for fact in self.facts), default=0)
        room = None if width is None else max(width - labels - len(GAP), NARROW)
        lines = []
        for label, text, style in self.facts:
            spelled = encodable(one_line(text), encoding)
            for number, part in enumerate([spelled] if room is None else wrapped(spelled, room)):
                head = Piece((label if number == 0 else "").ljust(labels), LABEL)
                lines.append([head, Piece(GAP), Piece(part, style)])
        return lines


def wrapped(text: str, room: int) -> list[str]:
    """The text in lines of at most `room` columns, broken between words where they fit."""
    if width_of(text) <= room:
        return [text]
    from rich.console import Console
    from rich.text import Text

    broken = Text(text).wrap(Console(width=room, color_system=None), room)
    return [line.plain.rstrip() for line in broken]
