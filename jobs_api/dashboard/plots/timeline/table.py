"""The timeline as a table: for screen readers, for people who would rather read, and to reach each run."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from jobs_api.dashboard.plots.timeline.lanes import Lane
from jobs_api.dashboard.plots.timeline.page import Timeline
from jobs_api.dashboard.plots.timeline.reading import Reading
from jobs_api.history.cells import Cell

MOST, EACH = 300, 3
"""So many rows at most; of each job at least so many, the newest."""
UNTOLD = ("to_come", "unknown")


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One slot."""

    cell: Cell
    took: timedelta | None
    """How long it ran, or has run so far."""

    @classmethod
    def of(cls, cell: Cell, at: datetime) -> Row:
        """The row of a slot."""
        return cls(cell, None if cell.began is None else (cell.ended or at) - cell.began)


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """The slots of one job, the newest first."""

    lane: Lane
    rows: Sequence[Row]
    more: int
    """How many older ones are left out."""


def table(shown: Timeline, read: Reading) -> Iterator[Part]:
    """The parts of the table, in the order of the plot."""
    lanes, at = shown.lanes, shown.window.at
    each = max(MOST // max(len(lanes), 1), EACH)
    for lane in lanes:
        cells = [cell for cell in read.rows[lane.job.name].cells if cell.state not in UNTOLD]
        rows = [Row.of(cell, at) for cell in cells[::-1][:each]]
        yield Part(lane, rows, max(len(cells) - each, 0))
