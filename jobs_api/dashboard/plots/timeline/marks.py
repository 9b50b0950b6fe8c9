"""Marks: what is drawn of one slot, and where. State by colour and shape; a bar has the run's true length."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _

from jobs_api.dashboard import sentences, times
from jobs_api.dashboard.plots.timeline.clock import Clock
from jobs_api.dashboard.plots.timeline.scale import WIDE, Scale, Span, percent, pixels
from jobs_api.dashboard.states import look
from jobs_api.history.cell import Cell

SHORTEST = pixels(3, WIDE)
"""A run that is shorter is a tick of this width."""
STEM = pixels(6, WIDE)
"""A whisker that is shorter belongs to the shape."""


class Piece(NamedTuple):
    """A bar, or a shape of a fixed size."""

    look: str
    """The end of its class, or of its shape's id."""
    x: float
    width: float = 0
    """0: a shape."""
    thin: bool = False
    """Whether it is a whisker."""

    @property
    def at(self) -> str:
        """As an attribute."""
        return percent(self.x)

    @property
    def wide(self) -> str:
        """As an attribute; "" for a shape."""
        return percent(self.width) if self.width else ""


@dataclasses.dataclass(frozen=True, slots=True)
class Mark:
    """One slot on its lane."""

    state: str
    pieces: Sequence[Piece]
    title: str
    run: int | None = None

    @property
    def place(self) -> Span:
        """What it takes of the width; a shape has a few pixels on each side."""
        ends = [piece.x + (piece.width or 0) for piece in self.pieces]
        start = min(piece.x for piece in self.pieces)
        return Span(start - SHORTEST, max(ends) - start + 2 * SHORTEST)


@dataclasses.dataclass(frozen=True, slots=True)
class Pen:
    """Draws the cells of one job.

    Args:
        usual: how many seconds it usually takes; None: nobody knows.
    """

    scale: Scale
    at: datetime
    clock: Clock
    timeout: timedelta
    usual: float | None = None

    def tick(self, cell: Cell) -> float | None:
        """The place of a short run that went well; None: it is another one, or not in this window."""
        span = self.span(cell) if cell.state == "succeeded" else None
        return None if span is None or span.width >= SHORTEST else span.x

    def mark(self, cell: Cell) -> Mark | None:
        """What is drawn of a slot; None: nothing, or nothing in this window."""
        pieces = list(_DRAWN.get(cell.state, _ended)(self, cell))
        if not pieces:
            return None
        return Mark(cell.state, pieces, self.title(cell), cell.run)

    def title(self, cell: Cell) -> str:
        """The slot in words, in one line."""
        told = [self.clock.short(cell.slot), str(look(cell.state).word)]
        if cell.began is not None:
            told.append(times.span((cell.ended or self.at) - cell.began))
        if cell.state == "ran_late" and cell.late is not None:
            told.append(_("began %(span)s late") % {"span": times.span(cell.late)})
        if cell.state in ("failed", "lost") and (cell.error or cell.reason):
            told.append(cell.error or sentences.result(cell.reason) or cell.reason)
        return " · ".join(told)

    def span(self, cell: Cell) -> Span | None:
        """From when to when it ran, within the window; None: it did not."""
        if cell.began is None:
            return None
        return self.scale.span(cell.began, max(cell.ended or self.at, cell.began))

    def to_come(self, cell: Cell) -> Span | None:
        """When a slot that is to come will probably run; None: it is none, or not in this window."""
        if cell.state != "to_come":
            return None
        return self.scale.span(cell.slot, cell.slot + timedelta(seconds=self.usual or 0))

    def at_slot(self, cell: Cell) -> list[Piece]:
        """Its shape where it was due."""
        return [Piece(cell.state, self.scale.x(cell.slot))] if self.scale.holds(cell.slot) else []


def _ended(pen: Pen, cell: Cell) -> list[Piece]:
    """A bar, or a tick where it is short; with the head of its state."""
    span = pen.span(cell)
    if span is None:
        return pen.at_slot(cell)
    if span.width < SHORTEST:
        return [Piece(cell.state, span.x)]
    middle = round(span.x + span.width / 2, 1)
    head = [Piece(f"{cell.state}-head", middle)] if cell.state in ("failed", "cancelled") else []
    return [Piece(cell.state, *span), *head]


def _ran_late(pen: Pen, cell: Cell) -> list[Piece]:
    """A whisker joins it to its slot."""
    drawn, began = _ended(pen, cell), pen.span(cell)
    if began is None or cell.slot >= (cell.began or cell.slot):
        return drawn
    whisker = pen.scale.span(cell.slot, cell.began or cell.slot)
    if whisker is None or whisker.width < STEM:
        return drawn
    cap = [Piece("cap", whisker.x)] if pen.scale.holds(cell.slot) else []
    short = [Piece("late-tick", piece.x) if not piece.width else piece for piece in drawn]
    return [Piece("ran_late", *whisker, thin=True), *cap, *short]


def _running(pen: Pen, cell: Cell) -> list[Piece]:
    """Until now, and as long as it usually takes."""
    drawn = _ended(pen, cell)
    if cell.began is None or pen.usual is None:
        return drawn
    rest = pen.scale.span(pen.at, cell.began + timedelta(seconds=pen.usual))
    return [*drawn, Piece("expected", *rest)] if rest is not None and rest.width >= SHORTEST else drawn


def _overdue(pen: Pen, cell: Cell) -> list[Piece]:
    """What is past its timeout has another colour."""
    drawn = _ended(pen, cell)
    if cell.began is None or not drawn:
        return drawn
    over = pen.scale.span(cell.began + pen.timeout, pen.at)
    if over is None or over.width < SHORTEST or not drawn[0].width:
        return drawn
    in_time = pen.scale.span(cell.began, cell.began + pen.timeout)
    first = [Piece("running", *in_time)] if in_time is not None and in_time.width else []
    return [*first, Piece("overdue", *over)]


def _only_at_slot(pen: Pen, cell: Cell) -> list[Piece]:
    return pen.at_slot(cell)


def _nothing(pen: Pen, cell: Cell) -> list[Piece]:
    return []


_DRAWN: dict[str, Callable[[Pen, Cell], list[Piece]]] = {
    "ran_late": _ran_late,
    "running": _running,
    "overdue": _overdue,
    "missed": _only_at_slot,
    "late": _only_at_slot,
    "skipped": _only_at_slot,
    "paused": _only_at_slot,
    "queued": _only_at_slot,
    "unknown": _nothing,
    "to_come": _nothing,
}
