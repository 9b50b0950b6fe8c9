"""How long runs take: a point for each run, the usual range as a band, its median as a line."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import NamedTuple

from jobs_api.dashboard import times
from jobs_api.dashboard.plots.scale import Tick, days, linear, percent
from jobs_api.history.calendar import day_of, start_of
from jobs_api.history.days import Day
from jobs_api.history.durations import Point, Usual
from jobs_api.history.tally import fine
from jobs_api.monitoring.histograms import Histogram

HEIGHT = 160
"""Of the drawing, from 0 seconds at the bottom to the last tick at the top."""
WIDE = 1000
"""So many units the band is wide; the browser stretches it."""
ENOUGH, LONGEST = 20, 30
"""The range of a day is that of as many days before it as have so many runs, but of so many days at most."""
MANY = 60
"""Of more days than these, each seventh is enough for a band."""
DENSE = 150
ABOVE = 5
"""A run that took so many times what is usual stands at the upper edge: the others stay readable."""
KINDS = {"failed": "fail", "lost": "fail", "ran_late": "late", "cancelled": "idle"}


class Range(NamedTuple):
    """The usual range, on one day."""

    day: datetime
    """Its noon."""
    usual: Usual


class Dot(NamedTuple):
    """One run."""

    point: Point
    x: float
    """In per cent."""
    y: float
    kind: str
    """ "ok", "late", "fail" or "idle"."""
    above: bool
    """Whether it took longer than the axis shows."""


@dataclasses.dataclass(frozen=True, slots=True)
class Durations:
    """The drawing."""

    start: datetime
    end: datetime
    dots: Sequence[Dot]
    ranges: Sequence[Range]
    band: str
    """The path of the usual range; empty without any. So is the next one."""
    line: str
    rows: Sequence[Tick]
    columns: Sequence[Tick]
    labels: Sequence[Tick]
    """The last p95, p50 and p5, where they stand, apart from each other."""
    height: int = HEIGHT

    @property
    def dense(self) -> bool:
        """Whether there are so many runs that small points show more of them."""
        return len(self.dots) > DENSE

    @property
    def above(self) -> int:
        """How many runs took longer than the axis shows."""
        return sum(dot.above for dot in self.dots)


def ranges(found: Sequence[Day], zone: str, since: datetime) -> list[Range]:
    """The usual range of each day: of its own runs, and those before it where these are few.

    Args:
        since: only of the days after this one, and the one before; of many days of each seventh.
    """
    first = day_of(zone, since) - timedelta(days=1)
    wanted = {day.day for day in [day for day in found if day.day >= first][:: -_step(found, first)]}
    window, made = Window(), []
    for day in found:
        if day.day < first - timedelta(days=LONGEST):
            continue
        window.add(day)
        usual = Usual.of(window.summed) if day.day in wanted else None
        if usual is not None:
            noon = start_of(zone, day.day) + timedelta(hours=12)
            made.append(Range(noon.astimezone(UTC), usual))
    return made


def _step(found: Sequence[Day], first: date) -> int:
    return 7 if sum(day.day >= first for day in found) > MANY else 1


class Window:
    """The runs of some days, of which the oldest are let go where enough are left."""

    def __init__(self) -> None:
        self.summed = fine()
        self._days: deque[tuple[Histogram, int]] = deque()
        self._runs = 0

    def add(self, day: Day) -> None:
        """Add the next day."""
        runs = len(day.durations)
        self._days.append((day.durations, runs))
        self._runs += runs
        if runs:
            self.summed.add(day.durations)
        while len(self._days) > LONGEST or self._runs - self._days[0][1] >= ENOUGH:
            gone, runs = self._days.popleft()
            self._runs -= runs
            if runs:
                pairs = zip(self.summed.counts, gone.counts, strict=True)
                self.summed.counts = [whole - part for whole, part in pairs]


def durations(
    points: Sequence[Point], usual: Sequence[Range], start: datetime, end: datetime, zone: tzinfo
) -> Durations:
    """The drawing of these runs and ranges.

    Args:
        zone: of the viewer, for the days below the axis.
    """
    inside = _inside(usual, start, end)
    axis = linear(_most(points, inside))
    top = axis[-1]
    dots = [_dot(point, start, end, top) for point in points]
    rows = [Tick(_y(value, top), times.plain(value) if value else "0 s") for value in axis]
    band, line = _paths(inside, start, end, top)
    labels = _labels(inside[-1].usual, top) if inside else []
    return Durations(start, end, dots, inside, band, line, rows, days(start, end, zone), labels)


def _inside(usual: Sequence[Range], start: datetime, end: datetime) -> list[Range]:
    """Those of the window, with one before and one after it, so that the band reaches both edges."""
    within = [place for place, each in enumerate(usual) if start <= each.day <= end]
    if not within:
        return list(usual[-1:])
    return list(usual[max(within[0] - 1, 0) : within[-1] + 2])


def _most(points: Sequence[Point], usual: Sequence[Range]) -> float:
    """What the axis must show."""
    longest = max((point.seconds for point in points), default=0.0)
    highest = max((each.usual.p95 for each in usual), default=longest)
    return max(min(longest, highest * ABOVE) if highest else longest, highest, 0.001)


def _y(seconds: float, top: float) -> float:
    return round(HEIGHT * (1 - min(max(seconds / top, 0), 1)), 1)


def _x(instant: datetime, start: datetime, end: datetime) -> float:
    return (instant - start) / (end - start)


def _dot(point: Point, start: datetime, end: datetime, top: float) -> Dot:
    x, kind = percent(_x(point.slot, start, end)), KINDS.get(point.state, "ok")
    return Dot(point, x, _y(point.seconds, top), kind, point.seconds > top)


def _paths(usual: Sequence[Range], start: datetime, end: datetime, top: float) -> tuple[str, str]:
    """The band and the line, in a box that is WIDE by HEIGHT; the last range goes on to the right edge."""
    if not usual:
        return "", ""
    spots = [(_x(each.day, start, end) * WIDE, each.usual) for each in usual]
    spots = [(min(spots[0][0], 0.0), spots[0][1]), *spots, (max(spots[-1][0], float(WIDE)), spots[-1][1])]
    upper = [(x, _y(one.p95, top)) for x, one in spots]
    lower = [(x, _y(one.p5, top)) for x, one in reversed(spots)]
    middle = [(x, _y(one.p50, top)) for x, one in spots]
    return f"M{_joined([*upper, *lower])}Z", f"M{_joined(middle)}"


def _joined(spots: Iterable[tuple[float, float]]) -> str:
    return "L".join(f"{x:.1f} {y:g}" for x, y in spots)


def _labels(last: Usual, top: float) -> list[Tick]:
    """Beside the right edge; pushed apart where they would touch, and kept inside."""
    wanted = [("p95", last.p95), ("p50", last.p50), ("p5", last.p5)]
    places: list[float] = []
    for _, value in wanted:
        places.append(max(_y(value, top), places[-1] + 15 if places else 10))
    over = max(places[-1] - (HEIGHT - 2), 0)
    return [
        Tick(round(y - over, 1), f"{name} {times.span(value)}")
        for y, (name, value) in zip(places, wanted, strict=True)
    ]


def table(found: Sequence[Range]) -> list[Range]:
    """The ranges for a table, the newest first."""
    return list(found)[::-1]
