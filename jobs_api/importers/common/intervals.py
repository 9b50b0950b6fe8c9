"""Cron lines for intervals: only those that divide an hour or a day, or are whole weeks."""

from __future__ import annotations

from datetime import datetime, timedelta

from jobs_api.importers.common.cron_fields import field
from jobs_api.importers.common.entry import CannotCarry

MINUTE, HOUR, DAY, WEEK = 60, 3600, 24 * 3600, 7 * 24 * 3600


def line(every: timedelta, start: datetime | None = None) -> str:
    """The cron line for an interval. `start`: an instant at which it fires, in the zone of the line.

    Raises:
        CannotCarry: the clock has no such rhythm.
    """
    seconds = every.total_seconds()
    minute, hour = (start.minute, start.hour) if start else (0, 0)
    if seconds < MINUTE or seconds % MINUTE:
        raise CannotCarry(f"Each {_said(seconds)} is not a whole number of minutes: cron has no seconds.")
    if HOUR % seconds == 0:
        return f"{field(0, _steps(minute, int(seconds // MINUTE), 60))} * * * *"
    if seconds % HOUR == 0 and DAY % seconds == 0:
        return f"{minute} {field(1, _steps(hour, int(seconds // HOUR), 24))} * * *"
    if seconds == WEEK:
        weekday = start.isoweekday() % 7 if start else 0
        return f"{minute} {hour} * * {field(4, [weekday])}"
    raise CannotCarry(
        f"Each {_said(seconds)} does not divide an hour or a day: choose a cron line with nearly that "
        "rhythm, or let the command decide whether it has work."
    )


def _steps(start: int, step: int, size: int) -> list[int]:
    return list(range(start % step, size, step))


def _said(seconds: float) -> str:
    for unit, name in ((DAY, "days"), (HOUR, "hours"), (MINUTE, "minutes")):
        if seconds >= unit and seconds % unit == 0:
            return f"{seconds / unit:g} {name}"
    return f"{seconds:g} seconds"


NOTE = "The interval counted from when the scheduler started; the cron line follows the clock."
