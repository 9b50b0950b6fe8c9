"""How late each source calls: a bar from p5 to p95 with a tick at p50, along one logarithmic axis."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from jobs_api.dashboard import times
from jobs_api.dashboard.plots.scale import Tick, along, logarithmic
from jobs_api.history.lateness import SourceLateness

LEAST, SHORTEST = 0.1, 0.8
"""Below this many seconds nobody is early; no bar is narrower than so many per cent."""

APART = 24
"""Between two labels of the axis, in per cent."""


@dataclasses.dataclass(frozen=True, slots=True)
class Bar:
    """One source. Places and widths are in per cent."""

    source: SourceLateness
    x: float
    width: float
    middle: float


@dataclasses.dataclass(frozen=True, slots=True)
class Lateness:
    """The drawing."""

    bars: Sequence[Bar]
    ticks: Sequence[Tick]
    grace: float | None
    """Where it is; None where the job has no schedule."""
    grace_seconds: float | None


def lateness(sources: Sequence[SourceLateness], grace: float | None) -> Lateness:
    """Of these sources; after `grace` seconds a slot is missed."""
    values = [value for each in sources for value in (each.p5, each.p95)] + ([grace] if grace else [])
    low, high = max(min(values, default=1), LEAST), max(max(values, default=60), LEAST)
    axis = logarithmic(low, high)
    ticks = [Tick(along(tick, axis), times.plain(tick)) for tick in axis]
    place = along(grace, axis) if grace else None
    return Lateness([_bar(each, axis) for each in sources], _apart(ticks), place, grace)


def _bar(source: SourceLateness, axis: list[float]) -> Bar:
    start, end = along(source.p5, axis), along(source.p95, axis)
    width = max(end - start, SHORTEST)
    return Bar(source, min(start, 100 - width), round(width, 2), along(source.p50, axis))


def _apart(ticks: list[Tick]) -> list[Tick]:
    """Labels that would touch their neighbour are left out; their lines stay."""
    shown: list[Tick] = []
    last = -100.0
    for tick in ticks:
        wide = tick.at - last >= APART
        shown.append(tick if wide else Tick(tick.at, ""))
        last = tick.at if wide else last
    return shown
