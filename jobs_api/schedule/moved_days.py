"""The days of a schedule, a day earlier or later: where midnight of its zone is not midnight of UTC."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from jobs_api.schedule.boxes import ALL_MONTHS, DATES, LAST, LAST_WEEKDAY, WEEKDAYS, Days

Dates = frozenset[tuple[int, int]]
"""Pairs of month and day."""
YEARS = (2027, 2028)
"""One of each kind."""
LATE = frozenset(range(28, 32))
"""One of them is the last day of a month."""
LATE_WEEKDAYS = frozenset(range(26, 32))
"""Where Sunday is the 28th, the last weekday is the 26th."""


def moved(
    days: Days, months: frozenset[int], by: int, *, last_day: bool
) -> tuple[Days, frozenset[int], bool]:
    """The days and months `by` days later (-1, 0, 1), and whether they hold others, too.

    Args:
        last_day: whether the platform knows `LAST`; else the days that may be it are written.
    """
    if days.kind == DATES:
        return _moved_dates(days.values, months, by, last_day)
    values = frozenset((day + by) % 7 for day in days.values) if days.kind == WEEKDAYS else days.values
    around = months | {(month - 1 + by) % 12 + 1 for month in months}
    return Days(days.kind, values), around, around != months


def _moved_dates(
    values: frozenset[int], months: frozenset[int], by: int, last_day: bool
) -> tuple[Days, frozenset[int], bool]:
    if last_day and by == 0 and values == {LAST}:
        return Days(DATES, values), months, False
    if last_day and by == -1 and values == {1}:
        return Days(DATES, frozenset({LAST})), frozenset((month - 2) % 12 + 1 for month in months), False
    if by == 1 and values == {LAST}:
        return Days(DATES, frozenset({1})), frozenset(month % 12 + 1 for month in months), False
    source = _dates(_plain(values), months)
    target = frozenset(later for each in source for later in _beside(by)[each])
    days, around = frozenset(day for _, day in target), frozenset(month for month, _ in target)
    # Back again: does each date of these days and months come from one of ours?
    back = (earlier for each in _dates(days, around) for earlier in _beside(-by)[each])
    wider = values != _plain(values) or any(earlier not in source for earlier in back)
    return Days(DATES, days), (months if by == 0 and days else around), wider


def _plain(values: frozenset[int]) -> frozenset[int]:
    late = LATE if LAST in values else frozenset()
    weekdays = LATE_WEEKDAYS if LAST_WEEKDAY in values else frozenset()
    return (values - {LAST, LAST_WEEKDAY}) | late | weekdays


def _dates(days: frozenset[int], months: frozenset[int]) -> Dates:
    return frozenset((month, day) for month, day in _beside(0) if month in months and day in days)


@cache
def _beside(by: int) -> dict[tuple[int, int], set[tuple[int, int]]]:
    """For each date the one that is `by` days later: two around the end of February."""
    found: dict[tuple[int, int], set[tuple[int, int]]] = {}
    for day in _calendar():
        later = day + timedelta(days=by)
        found.setdefault((day.month, day.day), set()).add((later.month, later.day))
    return found


def _calendar() -> Iterator[date]:
    for year in YEARS:
        for month in sorted(ALL_MONTHS):
            yield from (date(year, month, day + 1) for day in range(monthrange(year, month)[1]))
