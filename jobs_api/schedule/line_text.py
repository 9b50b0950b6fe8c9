"""A box as a cron line that every scheduler reads alike: lists, ranges, and steps from the start."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from jobs_api.schedule.boxes import ALL_MONTHS, DATES, LAST, WEEKDAYS, Box
from jobs_api.schedule.line_hints import DAYS


def line_text(box: Box, *, sunday: int | None, steps: tuple[bool, bool] = (True, True)) -> str:
    """Five fields.

    Args:
        sunday: the number of Sunday; None: names of days.
        steps: whether minutes and hours may be written as `*/5`. Where a schedule at fixed times is read in a
            zone, the star would make it follow a clock that changes.
    """
    minutes = _field(box.minutes, range(60), steps[0])
    hours = _field(box.hours, range(24), steps[1])
    months = "*" if box.months == ALL_MONTHS else _list(box.months)
    return f"{minutes} {hours} {_dates(box)} {months} {_weekdays(box, sunday)}"


def _dates(box: Box) -> str:
    if box.days.kind != DATES:
        return "*"
    return "L" if box.days.values == {LAST} else _list(box.days.values)


def _weekdays(box: Box, sunday: int | None) -> str:
    if box.days.kind != WEEKDAYS:
        return "*"
    if sunday is not None:
        return _list(_number(day, sunday) for day in box.days.values)
    # Some count Sunday as the last day: it is in no range.
    ranges = _list(day for day in box.days.values if day)
    words = "".join(DAYS[int(char)] if char.isdigit() else char for char in ranges)
    return ",".join(filter(None, (words, DAYS[0] if 0 in box.days.values else "")))


def _number(day: int, sunday: int) -> int:
    """A day where Sunday has this number: 0 or 1, or 6 or 7 where the week begins on Monday."""
    return day + sunday if sunday < 2 else (day - 1) % 7 + sunday - 6


def _field(values: Collection[int], everything: range, steps: bool) -> str:
    if set(values) == set(everything):
        return "*" if steps else f"{everything[0]}-{everything[-1]}"
    step = sorted(values)[1] if len(values) > 1 else 0
    if steps and step and set(values) == set(everything[::step]):
        return f"*/{step}"
    return _list(values)


def _list(values: Iterable[int]) -> str:
    """Numbers in order, three or more without a gap as a range: 1,2,5-9."""
    return ",".join(
        f"{first}-{last}" if last - first > 1 else ",".join(map(str, range(first, last + 1)))
        for first, last in _runs(sorted(values))
    )


def _runs(values: list[int]) -> Iterator[tuple[int, int]]:
    first = None
    for place, value in enumerate(values):
        first = value if first is None else first
        if place + 1 == len(values) or values[place + 1] != value + 1:
            yield first, value
            first = None
