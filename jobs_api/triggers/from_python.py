"""Convert Python values for a `Payload`: instants become text, so that all entrances read the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from jobs_api.exceptions import BadInput
from jobs_api.registry.job import Job
from jobs_api.triggers.validation import REASON_LENGTH, text_of

MOST_SECONDS = 10**8
"""Three years: the maximum that callers over HTTP may send."""


def run_date_of(value: Any) -> str | None:
    """A `run_date` as text; one without an offset is later refused with the job's zone in the message."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return _iso(value, "run_date")
    if isinstance(value, date):
        return value.isoformat()
    raise BadInput(f"`run_date` must be an aware datetime, a date, or ISO 8601 as text, not {value!r:.60}.")


def scheduled_at_of(job: Job, value: Any) -> str | None:
    """A `scheduled_at` as text; a wrong text is noted on the attempt, as over HTTP."""
    if value is None or isinstance(value, str):
        return None if value is None else text_of(value, "scheduled_at")
    if not isinstance(value, datetime):
        raise BadInput(f"`scheduled_at` must be an aware datetime, or ISO 8601 as text, not {value!r:.60}.")
    if value.utcoffset() is None:
        raise BadInput(
            f"`scheduled_at` {value.isoformat()} has no UTC offset. The job's zone is {job.slots.timezone}: "
            f'make it aware, such as with replace(tzinfo=ZoneInfo("{job.slots.timezone}")).'
        )
    return _iso(value, "scheduled_at")


def _iso(value: datetime, key: str) -> str:
    if value.utcoffset() is None:
        return value.replace(tzinfo=None).isoformat()
    try:
        return value.astimezone(UTC).isoformat()  # offsets with seconds are not read
    except OverflowError:
        raise BadInput(f"`{key}` {value.isoformat()} is out of range.") from None


def seconds_of(value: Any, key: str) -> float:
    """A number of seconds, or a timedelta."""
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    is_number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    if not (is_number and 0 <= seconds <= MOST_SECONDS):  # which infinity and NaN are not
        is_long = isinstance(seconds, int) and abs(seconds) > MOST_SECONDS  # too long for repr, perhaps
        said = "such a large number" if is_long else f"{value!r:.60}"
        raise BadInput(f"`{key}` must be a number of seconds, or a timedelta, from 0; not {said}.")
    return float(seconds)


def options_of(value: Any) -> dict[str, Any] | None:
    """Options as a dictionary; what stands in it is for the job's `params` to check."""
    if value is None:
        return None
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise BadInput(f'`options` must be a mapping such as {{"days": 7}}, not {value!r:.60}.')
    return dict(value)


def flag_of(value: Any, key: str) -> bool:
    """True or False: another value, such as the text "no", would be true by accident."""
    if not isinstance(value, bool):
        raise BadInput(f"`{key}` must be True or False, not {value!r:.60}.")
    return value


def reason_of(value: Any) -> str:
    """The reason for the record."""
    return text_of(value, "reason", limit=REASON_LENGTH)
