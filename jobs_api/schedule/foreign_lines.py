"""The cron lines by which another scheduler calls for each slot of a schedule."""

from __future__ import annotations

from dataclasses import dataclass

from jobs_api.schedule.boxes import Box, boxes_of, merged
from jobs_api.schedule.cron import Schedule
from jobs_api.schedule.jump_boxes import jump_boxes
from jobs_api.schedule.line_text import line_text
from jobs_api.schedule.moved_days import moved
from jobs_api.schedule.utc_boxes import span, utc_boxes

UTC = "UTC"


class Inexpressible(ValueError):
    """A scheduler cannot call for this schedule; `str()` says what it lacks, behind its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a scheduler reads; see `jobs_api.exporters.common.exporter.Dialect`."""

    zones: bool
    sunday: int | None
    last_day: bool
    lines: int | None
    floor: int


@dataclass(frozen=True, slots=True)
class ForeignLines:
    """Cron lines, the zone in which they are read, and whether they fire at other times than the slots."""

    lines: tuple[str, ...]
    timezone: str
    surplus: bool


def foreign_lines(schedule: Schedule, target: Target, year: int) -> ForeignLines:
    """The lines for a schedule.

    Args:
        year: the present one: the offsets of a zone are taken from it on.

    Raises:
        Inexpressible: too many lines, or too small a step.
    """
    if (expression := schedule.expression) is None:
        raise ValueError("A job on demand has no lines.")
    if target.zones:
        boxes, surplus = _zoned(expression, target)
    else:
        boxes, surplus = _in_utc(expression, schedule, target, year)
    if target.lines is not None and len(boxes) > target.lines:
        most = "one line" if target.lines == 1 else f"{target.lines} lines"
        raise Inexpressible(f"takes {most} for a job, and this one needs {len(boxes)}")
    if (step := min(box.step() for box in boxes)) < target.floor:
        raise Inexpressible(f"calls every {target.floor} minutes at most, and this job is due after {step}")
    fields = expression.split()
    stars = (fields[0].startswith("*"), fields[1].startswith("*")) if target.zones else (True, True)
    lines = tuple(line_text(box, sunday=target.sunday, steps=stars) for box in boxes)
    return ForeignLines(lines, schedule.timezone if target.zones else UTC, surplus)


def _zoned(expression: str, target: Target) -> tuple[list[Box], bool]:
    sources, surplus = boxes_of(expression)
    boxes = []
    for box in sources:
        days, months, wider = moved(box.days, box.months, 0, last_day=target.last_day)
        if months:  # none: the 31st of months that are shorter, beside days of the week
            boxes.append(Box(box.minutes, box.hours, days, months))
            surplus = surplus or wider
    return merged(boxes), surplus


def _in_utc(expression: str, schedule: Schedule, target: Target, year: int) -> tuple[list[Box], bool]:
    """By month where there is room for the lines, for it has fewer fires; else all offsets all year."""
    zone, last_day = schedule.timezone, target.last_day
    boxes, surplus = utc_boxes(expression, zone, year, last_day=last_day, by_month=True)
    for found in (merged([*boxes, *jump_boxes(schedule, boxes, *span(year))]), boxes):
        if target.lines is None or len(found) <= target.lines:
            return found, surplus
    return utc_boxes(expression, zone, year, last_day=last_day, by_month=False)
