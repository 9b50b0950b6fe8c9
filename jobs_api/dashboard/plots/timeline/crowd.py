"""How many runs ran at once: counted from when they began and ended; of slots to come, estimated."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil

from jobs_api.dashboard.plots.timeline.scale import Scale, Span
from jobs_api.history.cells import Cell

HEIGHT = 34
MOST = 240
"""So many columns, at most."""
STEPS = (1, 2, 5, 10, 15, 20, 30, 60)
"""Minutes that a column may stand for."""
USUAL = 0.97
"""In so many of the columns that have a run there are usually no more."""
LEAST = 3
"""Fewer runs at once are no crowd."""
AT_LEAST = timedelta(seconds=1)
"""A run that is to come takes so long, if nobody knows better."""

Interval = tuple[datetime, datetime]


@dataclasses.dataclass(frozen=True, slots=True)
class Crowd:
    """The row above all others."""

    peak: int
    peak_at: datetime | None
    """When the column with the peak begins; the first of several."""
    usual: int
    past: str
    """The columns as one path."""
    to_come: str
    over: str
    """Those that are higher than usual."""
    line: float
    """The height of `usual`."""
    tints: Sequence[Span]
    """When more run than usual: through all rows."""


def crowd(intervals: Iterable[Interval], scale: Scale, at: datetime) -> Crowd:
    """Count how many of these runs overlap, column by column."""
    step = _step(scale)
    levels = _levels(intervals, scale, step)
    peak = max(levels, default=0)
    usual = _usual(levels)
    top = max(peak, usual, 1)
    high = [level > usual and level >= LEAST for level in levels]
    width = 1000 * step / scale.length
    now = (at - scale.start) / step
    return Crowd(
        peak=peak,
        peak_at=scale.start + step * levels.index(peak) if peak else None,
        usual=usual,
        past=_path(levels, lambda n: n < now and not high[n], width, top),
        to_come=_path(levels, lambda n: n >= now and not high[n], width, top),
        over=_path(levels, lambda n: high[n], width, top),
        line=round(HEIGHT - HEIGHT * usual / top, 1),
        tints=list(_tints(high, width)),
    )


def _step(scale: Scale) -> timedelta:
    steps = (timedelta(minutes=minutes) for minutes in STEPS)
    return next((step for step in steps if scale.length / step <= MOST), timedelta(minutes=STEPS[-1]))


def _levels(intervals: Iterable[Interval], scale: Scale, step: timedelta) -> list[int]:
    """How many ran at once at most, in each column."""
    columns = scale.length / step
    levels = [0] * ceil(columns)
    changes: list[tuple[float, int]] = []
    for start, end in intervals:
        first, last = (start - scale.start) / step, (end - scale.start) / step
        if last > 0 and first < columns:
            changes += [(max(first, 0.0), 1), (min(last, columns), -1)]
    changes.sort()  # an end comes before a beginning at the same time
    level = 0
    for (when, change), (until, _) in pairwise([*changes, (columns, 0)]):
        level += change
        if level and until > when:
            for number in range(int(when), ceil(until)):
                if levels[number] < level:
                    levels[number] = level
    return levels


def _usual(levels: Sequence[int]) -> int:
    busy = sorted(level for level in levels if level)
    return busy[min(int(len(busy) * USUAL), len(busy) - 1)] if busy else 0


def _path(levels: Sequence[int], chosen: Callable[[int], bool], width: float, top: int) -> str:
    return "".join(
        f"M{width * number:.1f} {HEIGHT}v{-HEIGHT * level / top:.1f}h{width * 0.7:.2f}V{HEIGHT}z"
        for number, level in enumerate(levels)
        if level and chosen(number)
    )


def _tints(high: Sequence[bool], width: float) -> Iterator[Span]:
    """Neighbours are one."""
    first: int | None = None
    for number, is_high in enumerate([*high, False]):
        if is_high and first is None:
            first = number
        elif not is_high and first is not None:
            yield Span(round(width * first, 1), round(width * (number - first), 1))
            first = None


def intervals(cells: Iterable[Cell], usual: float | None, at: datetime) -> Iterator[Interval]:
    """When the runs of a job ran, run, and will probably run."""
    takes = max(timedelta(seconds=usual or 0), AT_LEAST)
    for cell in cells:
        if cell.began is not None:
            end = cell.ended or max(at, cell.began + takes)
            yield cell.began, max(end, cell.began)
        elif cell.state in ("to_come", "late", "queued"):
            start = max(cell.slot, at)
            yield start, start + takes
