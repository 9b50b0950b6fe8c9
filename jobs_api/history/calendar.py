"""Days of a zone: when they begin and end, and how many hours they have."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from jobs_api.schedule.slots import Schedule, day_start

DAY = timedelta(days=1)


@lru_cache(maxsize=8192)
def start_of(zone: str, day: date) -> datetime:
    """The first instant of a local day, in UTC; of one that the zone skipped, that of the next one."""
    schedule = Schedule(None, zone)
    for days in range(3):
        start = day_start(schedule, day + DAY * days)
        if start is not None:
            return start.astimezone(UTC)
    raise ValueError(f"{zone} skipped {day} and the days after it.")


def day_of(zone: str, instant: datetime) -> date:
    """The local day in which an instant lies."""
    return instant.astimezone(Schedule(None, zone).zone).date()


def hours(zone: str, day: date) -> float:
    """How many hours a local day has: 24, but for the days on which the clocks change."""
    length = (start_of(zone, day + DAY) - start_of(zone, day)) / timedelta(hours=1)
    return int(length) if length == int(length) else length


def days(first: date, last: date) -> Iterator[date]:
    """From the first to the last one."""
    return (first + DAY * number for number in range((last - first).days + 1))
