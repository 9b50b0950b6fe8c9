"""Times by the clock on the wall, in the viewer's zone: a night may have 11 or 13 hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from jobs_api.history.nights import BEGINS, ENDS

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def evening(at: datetime, zone: ZoneInfo) -> datetime:
    """When the latest night began."""
    local = at.astimezone(zone)
    return wall(local.date() if local.time() >= BEGINS else local.date() - DAY, BEGINS, zone)


def nights(start: datetime, end: datetime, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """Those that have a part in a window."""
    first, last = (instant.astimezone(zone).date() for instant in (start, end))
    days = [first + DAY * number for number in range(-1, (last - first).days + 1)]
    found = [(wall(day, BEGINS, zone), wall(day + DAY, ENDS, zone)) for day in days]
    return [night for night in found if night[0] < end and night[1] > start]


def full_hour(at: datetime, zone: ZoneInfo) -> datetime:
    """The newest full hour on the wall: in some zones that is half past elsewhere."""
    local = at.astimezone(zone)
    past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return at.astimezone(UTC) - past


def wall(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """When the clock on the wall shows that, in UTC."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


def on_the_wall(instant: datetime, zone: ZoneInfo, *, days: int = 0, hours: int = 0) -> datetime:
    """So much later by the clock on the wall."""
    local = instant.astimezone(zone).replace(tzinfo=None) + timedelta(days=days, hours=hours)
    return local.replace(tzinfo=zone).astimezone(UTC)
