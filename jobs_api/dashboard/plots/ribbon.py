"""The ribbon of the night: a day in quarters of an hour, trouble stacked on top, what is to come hollow."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from jobs_api.dashboard.counts import counted
from jobs_api.history.nights import Bin, Night

WIDTH, HEIGHT = 744, 92
TOP, BASE = 34, 72
"""Between them are the bars: the highest one reaches from the base to the top."""
MARK, STACKED = 9, 3
"""How high a mark is, and how many of them a bar has at most."""
TROUBLE = ("running", "queued", "ran_late", "late", "overdue", "missed", "lost", "failed")
"""What is drawn on top of a bar, the worst at the very top; it is what is kept where there is too much."""
HOURS = 4
"""Between two hours that are named."""


@dataclasses.dataclass(frozen=True, slots=True)
class Mark:
    """Something that went wrong in a quarter of an hour, or goes on."""

    x: float
    y: float
    state: str


@dataclasses.dataclass(frozen=True, slots=True)
class Hour:
    """One that is named below."""

    x: float
    text: str
    anchor: str


@dataclasses.dataclass(frozen=True, slots=True)
class Quarter:
    """A row of the table."""

    start: datetime
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Ribbon:
    """What the template draws."""

    well: str
    to_come: str
    marks: Sequence[Mark]
    night: float
    """Where the night ends."""
    now: int | None
    """In whole pixels: a page that is loaded again soon after is the same."""
    now_anchor: str
    hours: Sequence[Hour]
    trouble: Sequence[Quarter]
    """The same for who does not see it."""
    width: int = WIDTH
    height: int = HEIGHT
    base: int = BASE


def ribbon(night: Night, at: datetime, zone: ZoneInfo) -> Ribbon:
    """Of the night, and of what comes after it until the next one."""
    bins = night.bins
    wide = WIDTH / max(len(bins), 1)
    most = max([1, *(_well(each) + each.to_come for each in bins)])
    until = bins[-1].start + timedelta(minutes=bins[-1].minutes) if bins else night.end
    now = WIDTH * ((at - night.start) / (until - night.start))
    return Ribbon(
        well="".join(_bar(place, wide, _well(each), most, 0.0) for place, each in enumerate(bins)),
        to_come="".join(_bar(place, wide, each.to_come, most, 0.5) for place, each in enumerate(bins)),
        marks=[mark for place, each in enumerate(bins) for mark in _marks(place, wide, each, most)],
        night=round(WIDTH * ((night.end - night.start) / (until - night.start)), 1),
        now=round(now) if 0 <= now <= WIDTH else None,
        now_anchor="start" if now < WIDTH - 48 else "end",
        hours=list(_hours(bins, wide, zone)),
        trouble=[Quarter(each.start, counted(_all(each))) for each in bins if _troubled(each)],
    )


def _bar(place: int, wide: float, count: int, most: int, inset: float) -> str:
    """A rectangle as a path; nothing where there is nothing."""
    if not count:
        return ""
    height = _height(count, most) - inset
    left, right = place * wide + 0.5 + inset, (place + 1) * wide - 1 - inset
    return f"M{left:.1f} {BASE - inset}v{-height + inset:.1f}H{right:.1f}v{height - inset:.1f}z"


def _height(count: int, most: int) -> float:
    return max((BASE - TOP) * count / most, 5.0) if count else 0.0


def _marks(place: int, wide: float, each: Bin, most: int) -> Iterator[Mark]:
    found = [state for state in TROUBLE if each.marks.get(state)][-STACKED:]
    top = BASE - _height(_well(each), most)
    for number, state in enumerate(found, start=1):
        yield Mark(round((place + 0.5) * wide - 4, 1), round(top - number * MARK, 1), state)


def _hours(bins: Sequence[Bin], wide: float, zone: ZoneInfo) -> Iterator[Hour]:
    for place, each in enumerate(bins):
        local = each.start.astimezone(zone)
        if local.minute == 0 and local.hour % HOURS == 0:
            yield Hour(round(place * wide, 1), f"{local:%H:%M}", "middle" if place else "start")
    if bins:
        end = bins[-1].start + timedelta(minutes=bins[-1].minutes)
        yield Hour(WIDTH, f"{end.astimezone(zone):%H:%M}", "end")


def _well(each: Bin) -> int:
    """What succeeded, late or not."""
    return each.succeeded + each.marks["ran_late"]


def _all(each: Bin) -> Counter[str]:
    return Counter({"succeeded": each.succeeded, **each.marks})


def _troubled(each: Bin) -> bool:
    return any(each.marks.get(state) for state in TROUBLE)
