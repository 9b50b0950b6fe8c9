"""Where a time is on the plot: thousandths of its width, clipped at the edges of the window."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import NamedTuple

WIDTH = 1000.0
WIDE, NARROW = 1160, 640
"""How many pixels the plot has on a desktop, and at least: on a phone one scrolls it sideways."""
LETTER = 6.3
"""How many pixels a letter of the plot's texts has, at most on average."""


class Span(NamedTuple):
    """A part of the width."""

    x: float
    width: float

    @property
    def end(self) -> float:
        """Where it ends."""
        return self.x + self.width

    def overlaps(self, other: Span) -> bool:
        """Whether both have a place in common."""
        return self.x < other.end and other.x < self.end


@dataclasses.dataclass(frozen=True, slots=True)
class Scale:
    """The window as a plot."""

    start: datetime
    end: datetime
    length: timedelta = dataclasses.field(init=False)
    """How long the window is."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", self.end - self.start)

    def x(self, instant: datetime) -> float:
        """The place of an instant; what lies outside is put at the edge."""
        return _place((instant - self.start) / self.length)

    def holds(self, instant: datetime) -> bool:
        """Whether the window shows it."""
        return self.start <= instant <= self.end

    def span(self, start: datetime, end: datetime) -> Span | None:
        """What the window shows of a time; None: nothing."""
        first, last = (start - self.start) / self.length, (end - self.start) / self.length
        if last < 0 or first > 1 or last < first:
            return None
        x = _place(first)
        return Span(x, round(_place(last) - x, 1))


def _place(share: float) -> float:
    if share <= 0:
        return 0.0
    return WIDTH if share >= 1 else round(share * WIDTH, 1)


def pixels(count: float, plot: int = NARROW) -> float:
    """So many pixels of a plot of this width."""
    return count / plot * WIDTH


def text_width(text: str, plot: int = NARROW) -> float:
    """How wide a text is on a plot of this width."""
    return pixels(len(text) * LETTER, plot)


def percent(x: float) -> str:
    """As an attribute of SVG: it does not depend on the language."""
    return f"{x / 10:.4g}%"
