"""What an order to pause or to resume says: which jobs, and until when. Every entrance reads it here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

from jobs_api import registry
from jobs_api.exceptions import BadInput, NotFound
from jobs_api.registry.job import Job
from jobs_api.schedule.written_time import YEARS, duration, in_utc, parsed, written


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
    found = parsed(text)
    if found is None:
        raise BadInput(
            f"`until` must be ISO 8601 with an offset such as 2026-12-01T06:00:00+01:00; not {text[:60]!r}."
        )
    if found.utcoffset() is None:
        example = found.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone)).isoformat()
        raise BadInput(
            f"`until` {text[:60]!r} has no UTC offset. In this server's TIME_ZONE, {zone}: {example}."
        )
    return in_utc(found)


def written_end(text: str, zone: str, at: datetime) -> datetime:
    """An end as a person writes it: a time or a day in `zone`, an instant, or a duration from `at`.

    Raises:
        BadInput: it is none of these, or the clock of the zone does not show that time, or shows it twice.
    """
    lasts = duration(text)
    return written(text, zone, "until") if lasts is None else _after(at, lasts)


def _after(at: datetime, lasts: timedelta) -> datetime:
    if lasts >= datetime(YEARS[1], 1, 1, tzinfo=UTC) - at:
        raise BadInput("`until` is too far away; without it, the pause lasts until somebody resumes the job.")
    return at + lasts
