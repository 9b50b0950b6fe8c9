"""Cron lines as sets: the minutes, hours, days and months of one line, and what a schedule is made of.

Other schedulers disagree about a line that restricts both the day of the month and the day of the week, about
the number of Sunday, and about `L`. So a schedule becomes boxes. Each restricts one kind of day at most, and
all of them together fire at least at each slot. A fire between two slots changes nothing: its slot is done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from itertools import pairwise, product
from typing import Any

from cronsim import CronSim

from jobs_api.schedule.zones import FIRST

LAST, LAST_WEEKDAY = CronSim.LAST, CronSim.LAST_WEEKDAY
ALL_HOURS, ALL_MONTHS = frozenset(range(24)), frozenset(range(1, 13))
ALL_DATES, ALL_WEEKDAYS = frozenset(range(1, 32)), frozenset(range(7))
DAY = 24 * 60
ANY, DATES, WEEKDAYS = "any", "dates", "weekdays"


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a line: any, those of the month (1 to 31, `LAST`, `LAST_WEEKDAY`) or the week (0 to 6)."""

    kind: str = ANY
    values: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Box:
    """One cron line: it fires at each combination."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: Days
    months: frozenset[int]

    def covers(self, other: Box) -> bool:
        """Whether it fires at each time of `other`."""
        days = self.days.kind == ANY or (
            self.days.kind == other.days.kind and self.days.values >= other.days.values
        )
        return (
            days
            and self.minutes >= other.minutes
            and self.hours >= other.hours
            and self.months >= other.months
        )

    def step(self) -> int:
        """The smallest number of minutes between two fires."""
        return min(self._steps())

    def gap(self) -> int:
        """The largest number of minutes between two fires; a day, where it is a day or more."""
        return max(self._steps()) if self.is_daily else DAY

    @property
    def is_daily(self) -> bool:
        """Whether it fires on each day of the year."""
        return (self.days.kind, self.months) == (ANY, ALL_MONTHS)

    def _steps(self) -> list[int]:
        """The minutes from each fire of a day to the next one, also over midnight."""
        times = sorted(hour * 60 + minute for hour, minute in product(self.hours, self.minutes))
        return [after - before for before, after in pairwise([*times, times[0] + DAY])]


@lru_cache(maxsize=2048)
def boxes_of(expression: str) -> tuple[tuple[Box, ...], bool]:
    """The boxes of a schedule on its own clock, and whether they fire at other times, too."""
    cron = CronSim(expression, FIRST)
    weekdays = {day % 7 if isinstance(day, int) else day[0] % 7 for day in cron.weekdays}
    dates = _days(DATES, frozenset(cron.days), ALL_DATES)
    week = _days(WEEKDAYS, frozenset(weekdays), ALL_WEEKDAYS)
    some_weeks = not all(isinstance(day, int) for day in cron.weekdays)
    if some_weeks:  # 5L on each day of the week is still not each day
        week = Days(WEEKDAYS, frozenset(weekdays))
    chosen, wider = _chosen(expression, dates, week)
    minutes, hours, months = map(frozenset, (cron.minutes, cron.hours, cron.months))
    return tuple(Box(minutes, hours, days, months) for days in chosen), wider or (
        some_weeks and week in chosen
    )


def _days(kind: str, values: frozenset[int], everything: frozenset[int]) -> Days:
    return Days() if values >= everything else Days(kind, values)


def _chosen(expression: str, dates: Days, week: Days) -> tuple[tuple[Days, ...], bool]:
    """The days of each box. A field that begins with `*` narrows the other one: then that one is enough."""
    _, _, day_field, _, _ = expression.split()
    either = not any(field.startswith("*") for field in (day_field, expression.split()[4]))
    if either:
        return ((Days(),), False) if Days() in (dates, week) else ((dates, week), False)
    if Days() in (dates, week):
        return ((week if dates == Days() else dates),), False
    return ((week if day_field.startswith("*") else dates),), True


def merged(boxes: Iterable[Box]) -> list[Box]:
    """As few boxes as fire at the same times: two that differ in one field become one."""
    found = _in_order(set(boxes))
    while True:
        before = len(found)
        for name in ("months", "hours", "minutes", "days"):
            found = list(_merged_by(name, found))
        found = [box for box in found if not any(other is not box and other.covers(box) for other in found)]
        if len(found) == before:
            return _in_order(found)


def _merged_by(name: str, boxes: list[Box]) -> Iterator[Box]:
    groups: dict[tuple[object, ...], list[Box]] = {}
    for box in boxes:
        others = tuple(getattr(box, field.name) for field in fields(box) if field.name != name)
        groups.setdefault((*others, box.days.kind), []).append(box)
    for group in groups.values():
        yield replace(group[0], **_union(name, group))


def _union(name: str, boxes: list[Box]) -> dict[str, Any]:
    """The field of all these boxes together."""
    if name != "days":
        return {name: frozenset().union(*(getattr(box, name) for box in boxes))}
    kind = boxes[0].days.kind
    values = frozenset[int]().union(*(box.days.values for box in boxes))
    return {name: _days(kind, values, {DATES: ALL_DATES, WEEKDAYS: ALL_WEEKDAYS}.get(kind, frozenset()))}


def _in_order(boxes: Iterable[Box]) -> list[Box]:
    return sorted(boxes, key=_order)


def _order(box: Box) -> tuple[Any, ...]:
    """By month, then by day and time."""
    times = (sorted(box.hours), sorted(box.minutes), sorted(box.months))
    return (box.months != ALL_MONTHS, min(box.months), box.days.kind, sorted(box.days.values), *times)
