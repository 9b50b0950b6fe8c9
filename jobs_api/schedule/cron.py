"""A job's schedule: a cron line and a time zone, checked once, and the times that they name.

These functions are pure: no Django, no clock. They calculate in UTC, because Python compares and subtracts
datetimes of one zone by their wall clock and ignores `fold`. A wall time (what a clock on the wall shows) is
held in a datetime whose zone is UTC.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Self
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from jobs_api.schedule import line_hints, zone_hints
from jobs_api.schedule.zones import FIRST, Stretch, stretches, stretches_back, zone

MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
# (name, greatest value, allowed values), in the order of a cron line
FIELDS = (
    ("minute", 59, "0 to 59"),
    ("hour", 23, "0 to 23"),
    ("day-of-month", 31, "1 to 31, L (last day) or LW (last weekday)"),
    ("month", 12, "1 to 12 or JAN to DEC"),
    ("day-of-week", 7, "0 to 7 or SUN to SAT, 5L (last Friday) or MON#2 (second Monday)"),
)
# Some time zone databases hold these names. They mean "this machine" or "no place", or count leap seconds.
NOT_IANA = re.compile(r"(localtime|posixrules|Factory)$|(posix|right)/")

NONE, TICK = timedelta(0), timedelta.resolution
MINUTE = timedelta(minutes=1)
# Debian cron treats a larger move as a correction of the clock. Exactly three hours count as daylight
# saving only if the clock goes back.
DAYLIGHT = timedelta(hours=3)


class BadSchedule(ValueError):
    """A schedule or a zone that cannot be used; `str()` tells what is wrong and what to write instead.

    `field` is "schedule" or "timezone"; `problem` and `hint` are the two halves of the message.
    """

    def __init__(self, problem: str, hint: str, *, field: str) -> None:
        super().__init__(f"{problem} {hint}")
        self.problem, self.hint, self.field = problem, hint, field


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a job is due: a five-field cron line read in an IANA zone. A hashable value.

    `expression` None means on demand. Build it with `parse`, which checks; the constructor does not.
    """

    expression: str | None
    timezone: str

    @classmethod
    def parse(cls, expression: str | None, timezone: str) -> Self:
        """Check both parts; expand `@daily` and the like, even out white space.

        Raises `BadSchedule` for text that is not a cron line, for six fields, `@reboot`, a step beyond its
        range, a line that never matches a date, and a zone that is not in the IANA database.
        """
        _check_zone(timezone)
        return cls(None if expression is None else _checked_line(expression), timezone)

    @property
    def zone(self) -> ZoneInfo:
        """The rules of `timezone`, the same object each time."""
        return zone(self.timezone)

    @property
    def follows_clock(self) -> bool:
        """Whether the minute or hour field starts with `*`: then daylight saving adds or drops no slot."""
        minute, hour = (self.expression or "* *").split()[:2]
        return minute.startswith("*") or hour.startswith("*")


# -- checks -----------------------------------------------------------------------------------


def _checked_line(text: str) -> str:
    if not isinstance(text, str) or not text.strip():
        raise _bad(
            text, "is not a valid cron line.", 'Write five fields such as "0 3 * * *", or None for on demand.'
        )
    line = " ".join(text.split())
    if other := line_hints.for_line(line):
        raise _bad(text, *other)
    line = _expanded(line)
    fields = line.split()
    if len(fields) != 5:
        raise _bad(text, f"has {len(fields)} fields, not five.", line_hints.for_count(fields))
    for position, field in enumerate(fields):
        _check_field(text, position, field)
    if not _ever_matches(line):
        raise _bad(text, "never matches a date.", "Look at its day and its month together.")
    return line


def _expanded(line: str) -> str:
    if line.startswith("@") and line.lower() not in MACROS:
        raise _bad(line, "is not a repeating time.", f"Write {', '.join(MACROS)} or five fields.")
    return MACROS.get(line.lower(), line)


def _check_field(text: str, position: int, field: str) -> None:
    name, greatest, allowed = FIELDS[position]
    for term in field.split(","):
        if _oversteps(term, greatest):
            raise _bad(text, f'has a step beyond the range of {name}: "{term}".', "List the values instead.")
    try:
        # Test the field alone, so that the 31st of a short month is not reported as a wrong day field.
        _ticker(" ".join(["*"] * position + [field] + ["*"] * (4 - position)))
    except (CronSimError, ValueError):
        hint = line_hints.for_field(position, field) or f"Use {allowed}, or lists, ranges and steps of them."
        raise _bad(text, f'has "{field}" as {name}, which is not valid.', hint) from None


def _oversteps(term: str, greatest: int) -> bool:
    """Whether a step is too large to be taken twice, as in `*/90` or `1-5/7`: cron says nothing about it."""
    match = re.fullmatch(r"(?:(\d+)-(\d+)|.*)/(\d+)", term, re.ASCII)
    if match is None or len(term) > 20:
        return False
    first, last, step = match.groups()
    return int(step) > (greatest if first is None else abs(int(last) - int(first)))


def _ever_matches(line: str) -> bool:
    # The calendar repeats after 28 years. The library searches 50 years from the year that is given here.
    try:
        return next(wall_times(line, datetime(2000, 1, 1, tzinfo=UTC)), None) is not None
    except CronSimError:
        return False


def _bad(text: object, problem: str, hint: str) -> BadSchedule:
    return BadSchedule(f'Schedule "{text}" {problem}', hint, field="schedule")


def _check_zone(name: str) -> None:
    try:
        if NOT_IANA.match(name):
            raise ValueError(name)
        zone(name)
    except (KeyError, OSError, TypeError, ValueError):
        # `from None`, because the message of the cause holds paths of this machine.
        problem = f'Time zone "{name}" is not known.'
        raise BadSchedule(problem, zone_hints.hint(name), field="timezone") from None


# -- wall times -------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _ticker(line: str) -> CronSim:
    """The parsed line. It is parsed once and then copied: parsing takes longer than most searches."""
    return CronSim(line, FIRST)


def wall_times(line: str, wall: datetime, *, back: bool = False) -> Iterator[datetime]:
    """The wall times that match a cron line: from `wall` on (included), or backwards from it with `back`.

    Time zones are handled elsewhere. With a zone, the library forgets `fold`, skips minutes where a clock
    moves by half an hour or in mid-hour, and may loop without end ("30 */2 * * *" in Pacific/Chatham).
    """
    ticker = copy(_ticker(line))
    # The ticker returns times strictly after (or before) its current minute.
    ticker.tick_direction = -1 if back else 1
    ticker.dt = (wall + MINUTE if back else wall - TICK).replace(second=0, microsecond=0)
    with suppress(OverflowError):
        yield from ticker


# -- slots ------------------------------------------------------------------------------------


def rising(schedule: Schedule, since: datetime) -> Iterator[datetime]:
    """The slots from `since` on, ascending; none if the job is on demand."""
    if schedule.expression is None:
        return
    since = max(since, FIRST)
    for stretch in stretches(schedule.timezone, since):
        missed, opening = _turn(schedule, stretch)
        if since <= stretch.start and _any(schedule.expression, missed, opening):
            yield stretch.start
        for wall in wall_times(schedule.expression, max(opening, since + stretch.offset)):
            if wall >= stretch.end + stretch.offset:
                break
            yield wall - stretch.offset


def falling(schedule: Schedule, until: datetime) -> Iterator[datetime]:
    """The slots up to `until`, descending; none if the job is on demand."""
    if schedule.expression is None:
        return
    for stretch in stretches_back(schedule.timezone, until):
        missed, opening = _turn(schedule, stretch)
        newest = min(until, stretch.end - TICK) + stretch.offset
        for wall in wall_times(schedule.expression, newest, back=True):
            if wall < opening:
                break
            yield wall - stretch.offset
        if _any(schedule.expression, missed, opening):
            yield stretch.start


def _turn(schedule: Schedule, stretch: Stretch) -> tuple[datetime, datetime]:
    """How a stretch begins: all wall times from the first to before the second are one slot, at its start."""
    moved, opening = stretch.offset - stretch.before, stretch.start + stretch.offset
    if not moved or schedule.follows_clock or not -DAYLIGHT <= moved < DAYLIGHT:
        return opening, opening
    if moved < NONE:
        return opening - moved, opening - moved
    # The opening minute is among them: skipped by the clock or due by itself, it runs once.
    return opening - moved, opening + TICK


def _any(expression: str, since: datetime, until: datetime) -> bool:
    return since < until and next(wall_times(expression, since), until) < until
