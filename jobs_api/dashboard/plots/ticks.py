"""The marks of an axis of time: at round times of the viewer's zone."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from django.utils.formats import date_format

from jobs_api.dashboard import times
from jobs_api.dashboard.times import span

_SMALL = [digit * power / 1000 for power in (1, 10, 100) for digit in (1, 2, 5)]
STEPS = (
    *_SMALL,
    *(1, 2, 5, 10, 15, 30),
    *(minutes * 60 for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * 3600 for hours in (1, 2, 3, 6, 12)),
    *(days * 86_400 for days in (1, 2, 7, 14, 30, 90, 365)),
)
"""Seconds between two marks."""
DAY = 86_400


class Tick(NamedTuple):
    """A mark."""

    at: datetime
    label: str


def ticks(
    start: datetime, end: datetime, zone: tzinfo, most: int = 10, length: timedelta | None = None
) -> list[Tick]:
    """At most `most` marks from start to end; of less than ten seconds, how long after the start.

    Args:
        length: of the whole axis, if this is a part of it.
    """
    step = _step(end - start if length is None else length, most)
    if step < 1:
        return list(_since(start, end, step))
    return [Tick(at, _label(at.astimezone(zone), step)) for at in _round(start, end, step, zone)]


def label(instant: datetime, zone: tzinfo, length: timedelta) -> str:
    """Of a mark that is not at a round time."""
    local = instant.astimezone(zone)
    return (
        f"{times.written(local, 'j M')} {local.strftime('%H:%M')}" if length.days else local.strftime("%H:%M")
    )


def _step(length: timedelta, most: int) -> float:
    seconds = max(length.total_seconds(), 0.001)
    longest = STEPS[-1] * math.ceil(seconds / most / STEPS[-1])
    return next((each for each in STEPS if seconds / each <= most), longest)


def _since(start: datetime, end: datetime, step: float) -> Iterator[Tick]:
    for number in range(int((end - start).total_seconds() / step) + 1):
        yield Tick(start + timedelta(seconds=number * step), f"+{span(number * step)}" if number else "0 ms")


def _round(start: datetime, end: datetime, step: float, zone: tzinfo) -> Iterator[datetime]:
    """Counted from the midnight before the start; whole days from each midnight, whatever its length."""
    midnight = datetime.combine(start.astimezone(zone).date(), time(), zone)
    number = 0 if step >= DAY else int((start - midnight.astimezone(UTC)).total_seconds() / step)
    while (at := _after(midnight, number * step)) <= end:
        if at >= start:
            yield at
        number += 1


def _after(midnight: datetime, seconds: float) -> datetime:
    if seconds % DAY == 0:
        return midnight + timedelta(seconds=seconds)  # by the clock on the wall
    return midnight.astimezone(UTC) + timedelta(seconds=seconds)


def _label(local: datetime, step: float) -> str:
    if step >= 30 * DAY:
        return date_format(local, "M Y")
    if step >= DAY or (local.hour, local.minute, local.second) == (0, 0, 0):
        return times.written(local, "j M")
    return local.strftime("%H:%M:%S" if step < 60 else "%H:%M")
