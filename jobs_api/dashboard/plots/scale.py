"""Scales of axes: where the ticks are, and how far along an axis a value lies."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from math import log10
from typing import NamedTuple

from django.utils.formats import date_format

from jobs_api.dashboard import times

LOG_TICKS = (0.001, 0.01, 0.1, 1, 10, 60, 600, 3600, 21_600, 86_400, 604_800, 2_592_000)
"""In seconds: those that people read without counting."""
STEPS = (
    *(factor * 10**power for power in (-3, -2, -1, 0) for factor in (1, 2, 5)),
    *(10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400),
)
"""Of a linear axis of seconds."""
DAY = timedelta(days=1)


class Tick(NamedTuple):
    """A line of a grid with its label."""

    at: float
    """How far along the axis, in per cent, or in units of the drawing."""
    label: str


def percent(share: float) -> float:
    """A share as an SVG attribute: two digits are less than a pixel of any screen."""
    return round(min(max(share, 0), 1) * 100, 2)


def linear(most: float, lines: int = 3) -> list[float]:
    """Ticks from 0 to at least `most`, about so many above 0, at numbers that are easy to read."""
    step = next((step for step in STEPS if step * lines >= most), None)
    if step is None:  # days
        step = DAY.total_seconds() * (int(most / lines / DAY.total_seconds()) + 1)
    count = max(1, -int(-most // step))
    return [step * number for number in range(count + 1)]


def logarithmic(least: float, most: float) -> list[float]:
    """Ticks around these values; at least two."""
    below = [tick for tick in LOG_TICKS if tick <= least] or [LOG_TICKS[0]]
    above = [tick for tick in LOG_TICKS if tick >= most] or [LOG_TICKS[-1]]
    first, last = LOG_TICKS.index(below[-1]), LOG_TICKS.index(above[0])
    return list(LOG_TICKS[first : max(last, first + 1) + 1])


def along(value: float, ticks: list[float]) -> float:
    """How far along a logarithmic axis with these ticks a value lies, in per cent."""
    low, high = log10(ticks[0]), log10(ticks[-1])
    return percent((log10(max(value, ticks[0])) - low) / (high - low))


def days(start: datetime, end: datetime, zone: tzinfo, most: int = 5) -> list[Tick]:
    """Midnights of a zone between two instants, in even steps: at most so many."""
    first = start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0) + DAY
    number = max(1, (end - start) // DAY)
    step = -(-number // most)
    ticks = []
    for count in range(0, number + 1, step):
        midnight = (first.replace(tzinfo=None) + DAY * count).replace(tzinfo=zone)
        if start <= midnight <= end:
            label = date_format(midnight, "M") if step >= 28 else times.written(midnight, "j M")
            ticks.append(Tick(percent((midnight - start) / (end - start)), label))
    return ticks
