"""What an order to pause or to resume says: which jobs, and until when. Every entrance reads it here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

from jobs_api import registry
from jobs_api.exceptions import BadInput, NotFound
from jobs_api.registry.job import Job
from jobs_api.schedule.wall_time import BadWallTime, on_the_clock

_DURATION = re.compile(
    r"(?=\w)(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII | re.IGNORECASE
)
_UNITS = ("weeks", "days", "hours", "minutes", "seconds")
_YEARS = (1970, 9000)


def matching(globs: Iterable[str], covers: Callable[[str], bool] = lambda name: True) -> list[Job]:
    """The jobs declared now whose name matches a glob, in their order.

    Args:
        covers: which names the caller may know of.

    Raises:
        NotFound: a glob matches none of them.
    """
    known = [job for job in registry.jobs() if covers(job.name)]
    found: set[str] = set()
    for glob in globs:
        names = {job.name for job in known if fnmatchcase(job.name, glob)}
        if not names:
            raise NotFound(f"No job matches {glob[:100]!r}.")
        found |= names
    return [job for job in known if job.name in found]


def instant_with_offset(text: str, zone: str) -> datetime:
    """An end as a program sends it.

    Raises:
        BadInput: it is not ISO 8601 with an offset; `zone` is the one of the example.
    """
    parsed = _parsed(text)
    if parsed is None:
        raise BadInput(
            f"`until` must be ISO 8601 with an offset such as 2026-12-01T06:00:00+01:00; not {text[:60]!r}."
        )
    if parsed.utcoffset() is None:
        example = parsed.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone)).isoformat()
        raise BadInput(
            f"`until` {text[:60]!r} has no UTC offset. In this server's TIME_ZONE, {zone}: {example}."
        )
    return _in_utc(parsed)


def written_end(text: str, zone: str, at: datetime) -> datetime:
    """An end as a person writes it: a time or a day in `zone`, an instant, or a duration from `at`.

    Raises:
        BadInput: it is none of these, or the clock of the zone does not show that time, or shows it twice.
    """
    if (lasts := _duration(text)) is not None:
        return _after(at, lasts)
    parsed = _parsed(text)
    if parsed is None:
        raise BadInput(
            "`until` must be a time such as 2026-12-01T06:00, a day, or a duration such as 90m, 2h or 1d12h; "
            f"not {text[:60]!r}."
        )
    if parsed.utcoffset() is not None:
        return _in_utc(parsed)
    try:
        return on_the_clock(parsed, ZoneInfo(zone)).astimezone(UTC)
    except BadWallTime as error:
        raise BadInput(f"`until` {error}") from None


def _parsed(text: str) -> datetime | None:
    """A time; a day is its first moment."""
    text = text.strip().upper()
    try:
        parsed = (
            datetime.combine(date.fromisoformat(text), time.min)
            if len(text) == 10
            else datetime.fromisoformat(text)
        )
    except ValueError:
        return None
    return parsed if _YEARS[0] < parsed.year < _YEARS[1] else None


def _in_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)  # some databases take no offset of a day


def _duration(text: str) -> timedelta | None:
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        return None
    numbers = zip(_UNITS, match.groups(), strict=True)
    try:
        return timedelta(**{unit: int(number or 0) for unit, number in numbers})
    except (OverflowError, ValueError):  # a number of too many digits
        return timedelta.max


def _after(at: datetime, lasts: timedelta) -> datetime:
    if lasts >= datetime(_YEARS[1], 1, 1, tzinfo=UTC) - at:
        raise BadInput("`until` is too far away; without it, the pause lasts until somebody resumes the job.")
    return at + lasts
