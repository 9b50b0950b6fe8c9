"""Schedules that join day of month and day of week by AND (Celery, APScheduler), as cron lines."""

from __future__ import annotations

from collections.abc import Collection

from jobs_api.importers.common.cron_fields import field
from jobs_api.importers.common.entry import CannotCarry
from jobs_api.schedule.line_hints import DAYS

ALL_DAYS, ALL_WEEKDAYS = frozenset(range(1, 32)), frozenset(range(7))


def line(
    minutes: Collection[int],
    hours: Collection[int],
    days: Collection[int],
    months: Collection[int],
    weekdays: Collection[int],
) -> str:
    """The cron line for sets of values. Sunday is 0.

    Raises:
        CannotCarry: it restricts both kinds of days in a way that no cron line has.
    """
    day, weekday = _days(frozenset(days), frozenset(weekdays))
    return f"{field(0, minutes)} {field(1, hours)} {day} {field(3, months)} {weekday}"


def _days(days: frozenset[int], weekdays: frozenset[int]) -> tuple[str, str]:
    day, weekday = field(2, days), field(4, weekdays)
    if days == ALL_DAYS or weekdays == ALL_WEEKDAYS:
        return day, weekday
    for week in range(1, 6):
        if days == frozenset(range(7 * week - 6, min(7 * week, 31) + 1)):
            return "*", ",".join(f"{DAYS[number]}#{week}" for number in sorted(weekdays))
    if day.startswith("*"):  # Debian's rule, and ours: a field that begins with * is joined by AND
        return day, weekday
    raise CannotCarry(
        "It runs on days of the month that are also certain weekdays, which no cron line can say: declare it "
        "for one of the two, and let the command check the other."
    )
