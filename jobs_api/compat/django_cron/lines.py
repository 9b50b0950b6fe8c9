"""Turn a `Schedule` of django-cron into the cron lines of jobs; pure functions.

django-cron ran what was due since the last success, whenever `runcrons` was called; a job has slots. Cron
lines can name times that are the same each day. Other intervals, and days that must be of a month and of a
week at once, they cannot: `runcrons` starts those, at slots that are the same for every caller.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from jobs_api.compat.django_cron.base import BadCronJobError, Schedule
from jobs_api.schedule import slots

DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
DAY, WEEK = 1440, 7 * 1440
"""In minutes."""
MOST_LINES = 4
"""Of one interval: beyond, its slots are counted out."""
TIME = re.compile(r"(\d{1,2}):(\d{1,2})", re.ASCII)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Times = set[tuple[int, int]]
"""Hours and minutes of a day."""


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """What one job of a class is due at."""

    line: str | None = None
    """Its schedule; None where no cron line can say it."""
    every: int | None = None
    """Then: the minutes between two slots;"""
    inner: str | None = None
    """or a line that is only right on `month_days`."""
    week_days: frozenset[int] = frozenset()
    month_days: frozenset[int] = frozenset()
    """The days on which its slots count; empty: all. For those without a line only."""

    @property
    def counted(self) -> bool:
        """Whether only `newest` tells its slots."""
        return self.every is not None or self.inner is not None

    def newest(self, zone: str, now: datetime) -> datetime | None:
        """The newest slot of a part without a line, which `runcrons` starts; None if it is not its day."""
        schedule = slots.Schedule.parse(self.inner, zone)
        slot = _counted(self.every, schedule, now) if self.every else slots.previous_slot(schedule, now)
        if slot is None or slot < now - timedelta(minutes=max(DAY, self.every or 0)):
            return None
        right = slot.day in (self.month_days or {slot.day}) and slot.weekday() in (
            self.week_days or {slot.weekday()}
        )
        return slot if right else None


def _counted(every: int, schedule: slots.Schedule, now: datetime) -> datetime | None:
    """The newest multiple of the interval since 1970; of whole days, the beginning of such a local day."""
    if every % DAY:
        return slots.aware(schedule, now - (now - EPOCH) % timedelta(minutes=every))
    today = slots.aware(schedule, now).date()
    start = slots.day_start(schedule, today - timedelta(days=today.toordinal() % (every // DAY)))
    return None if start is None else slots.aware(schedule, start)


def parts(schedule: Schedule) -> list[Part]:
    """What the jobs of a class are due at; none if django-cron would never have run it.

    Raises:
        BadCronJobError: a value that django-cron would not have understood either.
    """
    every = _minutes(schedule.run_every_mins)
    at = {_time(text) for text in _listed(schedule.run_at_times, "run_at_times")}
    week = _days(schedule.run_on_days, "run_on_days", range(7))
    month = _days(schedule.run_monthly_on_days, "run_monthly_on_days", range(1, 32))
    lines: list[str] = []
    found = []
    if every == WEEK and not (week or month):
        found = [Part("0 0 * * MON")]
    elif every is not None and _repeats_each_day(every):
        lines = _fields(_times(every), steps=True)
        at -= _times(every)
    elif every is not None:
        found = [Part(every=every, week_days=week, month_days=month)]
    lines += _fields(at, steps=False)
    return found + [_dated(fields, week, month) for fields in lines]


def _times(every: int) -> Times:
    return {divmod(minute, 60) for minute in range(0, DAY, every)}


def _repeats_each_day(every: int) -> bool:
    return DAY % every == 0 and len(_fields(_times(every), steps=True)) <= MOST_LINES


def _dated(fields: str, week: frozenset[int], month: frozenset[int]) -> Part:
    of_week = ",".join(DAYS[day] for day in sorted(week)) or "*"
    if week and month:  # a cron line would take either, django-cron took what is both
        return Part(inner=f"{fields} * * {of_week}", month_days=month, week_days=week)
    of_month = ",".join(map(str, sorted(month))) or "*"
    return Part(f"{fields} {of_month} * {of_week}")


def _fields(at: Times, *, steps: bool) -> list[str]:
    """The fewest pairs of a minute and an hour field that name exactly these times.

    Args:
        steps: whether they may begin with `*`, as an interval's: then daylight saving adds or drops slots.
    """
    by_hour = [(sorted(minutes), hours) for minutes, hours in _alike(at)]
    by_minute = [(minutes, sorted(hours)) for hours, minutes in _alike({(m, h) for h, m in at})]
    pairs = by_hour if len(by_hour) <= len(by_minute) else by_minute
    return [f"{_field(minutes, 60, steps)} {_field(hours, 24, steps)}" for minutes, hours in pairs]


def _alike(pairs: Times) -> list[tuple[frozenset[int], list[int]]]:
    """Which first numbers have the same set of second ones: that set, and they; in order."""
    seconds: dict[int, set[int]] = {}
    for first, second in sorted(pairs):
        seconds.setdefault(first, set()).add(second)
    firsts: dict[frozenset[int], list[int]] = {}
    for first, found in seconds.items():
        firsts.setdefault(frozenset(found), []).append(first)
    return list(firsts.items())


def _field(numbers: list[int], end: int, steps: bool) -> str:
    """A field of a cron line, as a person would write it."""
    step = numbers[1] - numbers[0] if len(numbers) > 1 else end
    if steps and step < end and end % step == 0 and numbers == list(range(0, end, step)):
        return "*" if step == 1 else f"*/{step}"
    return ",".join(map(str, numbers))


# -- what stands in a Schedule ----------------------------------------------------------------


def _minutes(value: Any) -> int | None:
    """Whole minutes; 0 was each time that `runcrons` was called."""
    if value is None:
        return None
    number = value.total_seconds() / 60 if isinstance(value, timedelta) else value
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 <= number < 10**7:
        raise BadCronJobError(f"run_every_mins={value!r:.60} is not a number of minutes.", "Write 60.")
    return max(1, math.ceil(number))


def _time(text: Any) -> tuple[int, int]:
    match = TIME.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise BadCronJobError(f"run_at_times holds {text!r:.60}, which is not a time.", 'Write "23:15".')
    return int(match[1]), int(match[2])


def _days(values: Any, name: str, allowed: range) -> frozenset[int]:
    """Days; one beyond the range never matched, and all of them are no limit."""
    found = _listed(values, name)
    if any(isinstance(day, bool) or not isinstance(day, int) or day not in allowed for day in found):
        raise BadCronJobError(
            f"{name}={values!r:.60} is not a list of days.",
            f"Write numbers from {allowed[0]} to {allowed[-1]}.",
        )
    if values is not None and not found:
        raise BadCronJobError(
            f"{name} is empty: there is no day on which it runs.", "Name days, or leave it out."
        )
    return frozenset() if set(found) == set(allowed) else frozenset(found)


def _listed(values: Any, name: str) -> list[Any]:
    if values is None:
        return []
    if isinstance(values, str) or not isinstance(values, Collection):
        raise BadCronJobError(f"{name}={values!r:.60} is not a list.", f"Write {name}=[...].")
    return list(values)
