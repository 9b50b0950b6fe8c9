"""A time as a person writes it: on the clock of a zone, a day, an instant with its offset, or a duration."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from jobs_api.exceptions import BadInput
from jobs_api.schedule.wall_time import BadWallTime, on_the_clock

_DURATION = re.compile(
    r"(?=\w)(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII | re.IGNORECASE
)
_UNITS = ("weeks", "days", "hours", "minutes", "seconds")
YEARS = (1970, 9000)


def parsed(text: str) -> datetime | None:
    """A time, naive or not; a day is its first moment. None if it is neither."""
    text = text.strip().upper()
    try:
        found = (
            datetime.combine(date.fromisoformat(text), time.min)
            if len(text) == 10
            else datetime.fromisoformat(text)
        )
    except ValueError:
        return None
    return found if YEARS[0] < found.year < YEARS[1] else None


def in_utc(instant: datetime) -> datetime:
    """The same instant: some databases take no offset of a day."""
    return instant.astimezone(UTC)


def duration(text: str) -> timedelta | None:
    """A duration such as 90m or 1d12h; None if it is none."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        return None
    numbers = zip(_UNITS, match.groups(), strict=True)
    try:
        return timedelta(**{unit: int(number or 0) for unit, number in numbers})
    except (OverflowError, ValueError):  # a number of too many digits
        return timedelta.max


def written(text: str, zone: str, key: str) -> datetime:
    """The instant that a time or a day on the clock of `zone`, or one with its offset, means; in UTC.

    Args:
        key: what the message calls it.

    Raises:
        BadInput: it is none of these, or the clock of the zone does not show that time, or shows it twice.
    """
    found = parsed(text)
    if found is None:
        raise BadInput(
            f"`{key}` must be a time such as 2026-12-01T06:00, a day, or a duration such as 90m, 2h or "
            f"1d12h; not {text[:60]!r}."
        )
    if found.utcoffset() is not None:
        return in_utc(found)
    try:
        return in_utc(on_the_clock(found, ZoneInfo(zone)))
    except BadWallTime as error:
        raise BadInput(f"`{key}` {error}") from None


def written_before(text: str, zone: str, key: str, at: datetime) -> datetime:
    """As `written`; a duration is so long before `at`.

    Raises:
        BadInput: see `written`.
    """
    lasts = duration(text)
    if lasts is None:
        return written(text, zone, key)
    begin = datetime(YEARS[0] + 1, 1, 1, tzinfo=UTC)
    return at - min(lasts, at - begin)
