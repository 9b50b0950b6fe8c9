"""The cron expressions of AWS: six fields, and a `?` in one of the two fields of days.

Source: docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html and
docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from jobs_api.schedule.boxes import ALL_MONTHS, DATES, LAST, WEEKDAYS, Days, boxes_of

NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
AMONG_LAST = frozenset(range(28, 32))
"""The days among which the last day of a month is."""


def aws_cron(line: str) -> str:
    """`cron(0 3 * * ? *)` for `0 3 * * *`.

    Weekdays are names, as Sunday is 1 here, and no step begins with `*`. Of `L` in a list, which AWS does not
    describe, all days are written that may be the last one: the other calls find their slot done.

    Args:
        line: as `jobs_api.schedule.foreign_lines` writes it: it restricts one of the fields of days at most.
    """
    (box,), _ = boxes_of(line)
    date, weekday = _days(box.days)
    minute, hour = _field(box.minutes, range(60)), _field(box.hours, range(24))
    return f"cron({minute} {hour} {date} {_field(box.months, sorted(ALL_MONTHS))} {weekday} *)"


def _days(days: Days) -> tuple[str, str]:
    if days.kind == WEEKDAYS:
        return "?", _listed(days.values, NAMES.__getitem__)
    if days.kind != DATES:
        return "*", "?"
    if days.values == {LAST}:
        return "L", "?"
    dates = days.values | AMONG_LAST if LAST in days.values else days.values
    return _field(dates - {LAST}, range(1, 32)), "?"


def _field(values: Collection[int], everything: Collection[int]) -> str:
    ordered, all_values = sorted(values), list(everything)
    if ordered == all_values:
        return "*"
    step = ordered[1] - ordered[0] if len(ordered) > 2 else 1
    return f"{ordered[0]}/{step}" if step > 1 and ordered == all_values[::step] else _listed(ordered, str)


def _listed(values: Collection[int], name: Callable[[int], str]) -> str:
    """With commas, or as a range; the guide shows no list of ranges."""
    ordered = sorted(values)
    if len(ordered) > 2 and ordered[-1] - ordered[0] == len(ordered) - 1:
        return f"{name(ordered[0])}-{name(ordered[-1])}"
    return ",".join(map(name, ordered))
