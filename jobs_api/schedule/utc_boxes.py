"""A schedule of a zone as boxes in UTC: one for each offset that the zone has, in the months that have it.

The rule: each offset moves minutes, hours and days; all of them together fire at each slot. The fire of the
other offset comes an hour after a slot, or an hour before the next one: its slot is done, it changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from jobs_api.schedule.boxes import ALL_MONTHS, Box, boxes_of, merged
from jobs_api.schedule.moved_days import moved
from jobs_api.schedule.zones import stretches

YEARS = 3
"""From the first day of this year: the next two years always, and the same text all year."""
LATE = timedelta(hours=3)
"""What the clock jumps over is due at the jump, and the old offset comes to it up to so much later."""
DAY = 24 * 60


def span(year: int) -> tuple[datetime, datetime]:
    """The years for which an export is right."""
    return datetime(year, 1, 1, tzinfo=UTC), datetime(year + YEARS, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=1024)
def offsets(timezone: str, year: int) -> dict[int, frozenset[int]]:
    """The offsets of a zone from this year on, in minutes, each with the months of UTC that have it."""
    start, end = span(year)
    found: dict[int, set[int]] = {}
    for stretch in stretches(timezone, start):
        if stretch.start >= end:
            return {offset: frozenset(months) for offset, months in sorted(found.items())}
        minutes = stretch.offset // timedelta(minutes=1)
        found.setdefault(minutes, set()).update(_months(stretch.start, stretch.end))
    raise AssertionError("a zone has a stretch in each year")


def _months(start: datetime, end: datetime) -> Iterator[int]:
    """The months of a stretch, which lies in one year, and that of the last slot that its end may delay."""
    yield from range(start.month, (end - timedelta(microseconds=1)).month + 1)
    yield (end + LATE).month


def jump(timezone: str, year: int) -> int:
    """How many minutes this zone's clock moves at most."""
    known = offsets(timezone, year)
    return max(known) - min(known)


def utc_boxes(
    expression: str, timezone: str, year: int, *, last_day: bool, by_month: bool
) -> tuple[list[Box], bool]:
    """The boxes in UTC, and whether they fire at other times than the slots.

    Args:
        by_month: each offset in its own months only, which takes a box for each; else all offsets all year.
    """
    sources, wider = boxes_of(expression)
    known = offsets(timezone, year)
    each = {offset: _moved_boxes(sources, offset, last_day=last_day) for offset in known}
    everything = [
        within
        for offset, (boxes, _) in each.items()
        for box in boxes
        if (within := _within(box, known[offset] if by_month else ALL_MONTHS)) is not None
    ]
    shapes = {tuple(merged(boxes)) for boxes, _ in each.values()}
    wider = wider or len(shapes) > 1 or any(also for _, also in each.values())
    return merged(everything), wider


def _within(box: Box, months: frozenset[int]) -> Box | None:
    both = box.months & months
    return Box(box.minutes, box.hours, box.days, both) if both else None


def _moved_boxes(sources: Iterable[Box], offset: int, *, last_day: bool) -> tuple[list[Box], bool]:
    """All boxes, moved to UTC by one offset, and whether that made one of them wider."""
    found, wider = [], False
    for box in sources:
        for by, minutes, hours in _times(box, offset):
            days, months, also = moved(box.days, box.months, by, last_day=last_day)
            if months:  # none: the 31st of months that are shorter, beside days of the week
                found.append(Box(minutes, hours, days, months))
                wider = wider or also
    return found, wider


def _times(box: Box, offset: int) -> Iterator[tuple[int, frozenset[int], frozenset[int]]]:
    """The minutes and hours in UTC, by how many days they are from the day of the zone."""
    found: dict[tuple[int, int], tuple[set[int], set[int]]] = {}
    for minute in box.minutes:
        early, new_minute = divmod(minute - offset, 60)
        for hour in box.hours:
            by, new_hour = divmod(hour + early, 24)
            minutes, hours = found.setdefault((by, early), (set(), set()))
            minutes.add(new_minute)
            hours.add(new_hour)
    for (by, _), (minutes, hours) in sorted(found.items()):
        yield by, frozenset(minutes), frozenset(hours)
