"""The slots at which the clock jumps ahead, where no other line calls for them in time.

A job at 02:05 and 03:05 has two slots in the night in spring: at the jump, for the 02:05 that there is not,
and at 03:05. The line of the old offset fires for 02:05 at the same instant as the new one's for 03:05: too
late for the first. So that night has a line of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice, takewhile

from jobs_api.schedule.boxes import ANY, DATES, LAST, WEEKDAYS, Box, Days, boxes_of
from jobs_api.schedule.cron import DAYLIGHT, MINUTE, NONE, Schedule, rising
from jobs_api.schedule.zones import Stretch, stretches


def jump_boxes(schedule: Schedule, boxes: list[Box], start: datetime, end: datetime) -> list[Box]:
    """Boxes in UTC for such slots, where `boxes` fire only from the next slot on.

    Args:
        start: the time from which jumps count, until before `end`.
    """
    if schedule.follows_clock:
        return []
    uncalled = (
        jump.start
        for jump in _jumps(schedule.timezone, start, end)
        if _is_due_in(schedule, jump) and not _is_called(schedule, boxes, jump)
    )
    return [_at(instant) for instant in uncalled]


@lru_cache(maxsize=1024)
def _jumps(timezone: str, start: datetime, end: datetime) -> tuple[Stretch, ...]:
    known = takewhile(lambda stretch: stretch.start < end, stretches(timezone, start))
    return tuple(stretch for stretch in known if NONE < stretch.offset - stretch.before < DAYLIGHT)


def _is_due_in(schedule: Schedule, jump: Stretch) -> bool:
    """Whether a wall time that the clock leaves out may be one of the schedule's: a quick look."""
    boxes, _ = boxes_of(schedule.expression or "")
    opening = jump.start + jump.before
    walls = (opening + MINUTE * n for n in range((jump.offset - jump.before) // MINUTE))
    return any(wall.minute in box.minutes and wall.hour in box.hours for wall in walls for box in boxes)


def _is_called(schedule: Schedule, boxes: Iterable[Box], jump: Stretch) -> bool:
    """Whether a box fires from the jump until before the next slot, or nothing is due at the jump."""
    slot, following = islice(rising(schedule, jump.start), 2)
    if slot != jump.start:
        return True
    until = min(following, slot + DAYLIGHT)
    minutes = (slot + MINUTE * n for n in range((until - slot) // MINUTE))
    return any(_fires(box, minute) for minute in minutes for box in boxes)


def _fires(box: Box, utc: datetime) -> bool:
    if utc.minute not in box.minutes or utc.hour not in box.hours or utc.month not in box.months:
        return False
    if box.days.kind == WEEKDAYS:
        return utc.isoweekday() % 7 in box.days.values
    is_last = (utc + timedelta(days=1)).day == 1
    return box.days.kind == ANY or utc.day in box.days.values or (is_last and LAST in box.days.values)


def _at(utc: datetime) -> Box:
    day = Days(DATES, frozenset({utc.day}))
    return Box(frozenset({utc.minute}), frozenset({utc.hour}), day, frozenset({utc.month}))
