"""An axis of time on which long gaps, in which nothing happened, are cut short."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple

from jobs_api.dashboard.plots.ticks import Tick, label, ticks

LEAST = timedelta(milliseconds=10)
"""The shortest axis."""
CUT = 7.0
"""Percent: the width of a gap that is cut short."""
MOST_CUTS = 4
"""The longest gaps are cut."""
EMPTY = 0.6
"""A gap is long if it takes more than this share of the time in which something happened."""
APART = 8.0
"""Percent between two marks, at least."""


class Stretch(NamedTuple):
    """A part of the axis that is true to scale."""

    start: datetime
    end: datetime
    x: float
    width: float

    def at(self, instant: datetime) -> float:
        """The place of an instant in it."""
        return self.x + (instant - self.start) / (self.end - self.start) * self.width


class Cut(NamedTuple):
    """A gap."""

    x: float
    """Where its middle is, in percent."""
    length: timedelta


@dataclasses.dataclass(frozen=True, slots=True)
class Axis:
    """From the first instant to the last."""

    stretches: Sequence[Stretch]

    def at(self, instant: datetime) -> float:
        """The place of an instant, in percent: in the middle of a gap for what is in it."""
        for stretch in self.stretches:
            if instant < stretch.start:
                return max(stretch.x - CUT / 2, 0.0)
            if instant <= stretch.end:
                return stretch.at(instant)
        last = self.stretches[-1]
        return min(last.at(instant), 100.0)

    @property
    def cuts(self) -> list[Cut]:
        """The gaps that are cut short."""
        return [
            Cut(after.x - CUT / 2, after.start - before.end) for before, after in pairwise(self.stretches)
        ]

    def ticks(self, zone: tzinfo) -> Iterator[tuple[float, str]]:
        """Its marks: at round times, and where it goes on behind a gap."""
        length = sum((each.end - each.start for each in self.stretches), timedelta())
        last = -APART
        for number, stretch in enumerate(self.stretches):
            begin = [Tick(stretch.start, label(stretch.start, zone, length))] if number else []
            for tick in [*begin, *ticks(stretch.start, stretch.end, zone, length=length)]:
                place = stretch.at(tick.at)
                if place - last >= APART or (number and tick in begin):
                    yield place, tick.label
                    last = place


def axis(intervals: Sequence[tuple[datetime, datetime]]) -> Axis:
    """The axis of these intervals."""
    busy = _together(sorted((start, max(start, end)) for start, end in intervals))
    parts = _cut(busy)
    if len(parts) == 1 and parts[0][1] - parts[0][0] < LEAST:
        parts = [(parts[0][0], parts[0][0] + LEAST)]
    return Axis(list(_laid_out(parts)))


def _together(intervals: Sequence[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """The times in which something happened, without overlaps."""
    found: list[tuple[datetime, datetime]] = []
    for start, end in intervals:
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _cut(busy: Sequence[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """What is left where the longest gaps are taken out."""
    total = max(sum((end - start for start, end in busy), timedelta()), LEAST)
    gaps = [(after[0] - before[1], number) for number, (before, after) in enumerate(pairwise(busy))]
    long = sorted((gap for gap in gaps if gap[0] > EMPTY * total), reverse=True)[:MOST_CUTS]
    ends = sorted(number for _, number in long)
    parts, first = [], 0
    for last in [*ends, len(busy) - 1]:
        parts.append((busy[first][0], busy[last][1]))
        first = last + 1
    return parts


def _laid_out(parts: Sequence[tuple[datetime, datetime]]) -> Iterator[Stretch]:
    """Each part as wide as it is long; a short one is wide enough to be seen."""
    room, least = 98.0 - CUT * (len(parts) - 1), 3.0
    total = sum((end - start for start, end in parts), timedelta())
    shares = [max(room * ((end - start) / total if total else 1), least) for start, end in parts]
    scale, x = room / sum(shares), 0.0
    for (start, end), share in zip(parts, shares, strict=True):
        yield Stretch(start, max(end, start + LEAST), x, share * scale)
        x += share * scale + CUT
