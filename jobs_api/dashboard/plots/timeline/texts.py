"""Texts among the marks of a lane: each has a place of its own, or none."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

from jobs_api.dashboard.plots.timeline.scale import WIDE, WIDTH, Span, percent, pixels, text_width

AWAY = pixels(8)
"""From what it is about."""


@dataclasses.dataclass(frozen=True, slots=True)
class Text:
    """A text on a lane."""

    text: str
    x: float
    anchor: str
    """ "start" or "end"."""
    look: str = ""
    """The end of its class."""
    only_wide: bool = False
    """Whether a narrow plot has no room for it."""

    @property
    def at(self) -> str:
        """As an attribute."""
        return percent(self.x)

    @property
    def place(self) -> Span:
        """What it takes of the width."""
        width = text_width(self.text)
        return Span(self.x - width if self.anchor == "end" else self.x, width)


def put(text: str, beside: Span, taken: Sequence[Span], look: str = "") -> Text | None:
    """A text right of something, in the first free place there, or else left of it; None: nowhere.

    The places are those of a narrow plot: on a wider one there is more room between them.
    """
    width = text_width(text)
    for start in _starts(beside.end + AWAY, taken):
        if start + width > WIDTH:
            break
        if _is_free(Span(start, width), taken):
            return Text(text, round(start, 1), "start", look)
    end = beside.x - AWAY
    if end - width >= 0 and _is_free(Span(end - width, width), taken):
        return Text(text, round(end, 1), "end", look)
    return None


def inside(text: str, bar: Span, look: str = "") -> Text | None:
    """A text in a bar; None where it is too short even on a wide plot."""
    if text_width(text, WIDE) > bar.width - 2 * pixels(4, WIDE):
        return None
    fits = text_width(text) <= bar.width - 2 * pixels(4)
    return Text(text, round(bar.x + pixels(4, WIDE), 1), "start", look, only_wide=not fits)


def _starts(first: float, taken: Iterable[Span]) -> Iterator[float]:
    yield first
    yield from sorted(each.end + AWAY for each in taken if each.end + AWAY > first)


def _is_free(place: Span, taken: Iterable[Span]) -> bool:
    return not any(place.overlaps(other) for other in taken)
