"""What a job declares about time, a cron line and a zone, checked once; and the times that they name.

Pure: no Django, no clock. All sums are done in UTC, since Python compares and subtracts datetimes of one zone
by their wall clock and ignores `fold`. A wall time, what a clock shows, is written as if it were UTC.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from itertools import pairwise
from typing import Self
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
# (name, greatest value, what may stand there), in the order of a cron line
FIELDS = (
    ("minute", 59, "0 to 59"),
    ("hour", 23, "0 to 23"),
    ("day-of-month", 31, "1 to 31, L (last day) or LW (last weekday)"),
    ("month", 12, "1 to 12 or JAN to DEC"),
    ("day-of-week", 7, "0 to 7 or SUN to SAT, 5L (last Friday) or MON#2 (second Monday)"),
)
# Found in some time zone databases, but they mean this machine, no place, or count leap seconds.
NOT_IANA = re.compile(r"(localtime|posixrules|Factory)$|(posix|right)/")

# Slots exist in these years: dates overflow at the far end, and before 1970 zones moved by odd seconds.
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)
NONE, TICK = timedelta(0), timedelta.resolution
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
# Since 1970 no zone has moved its clock twice within six days: a look every third day sees every move.
PROBE = timedelta(days=3)
# Debian cron takes a larger move for a correction of the clock; exactly three hours count only if back.
DAYLIGHT = timedelta(hours=3)


class BadSchedule(ValueError):
    """A schedule or a zone that cannot be used; `str()` says what is wrong and what to write instead.

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

        Raises `BadSchedule` for what is no cron line, six fields, `@reboot`, a step beyond its range, a line
        that never matches a date, and a zone that is not in the IANA database.
        """
        _check_zone(timezone)
        return cls(None if expression is None else _checked_line(expression), timezone)

    @property
    def zone(self) -> ZoneInfo:
        """The rules of `timezone`, the same object each time."""
        return _zone(self.timezone)

    @property
    def follows_clock(self) -> bool:
        """Whether minute or hour starts with `*`: then no change of the clock adds or drops a slot."""
        minute, hour = (self.expression or "* *").split()[:2]
        return minute.startswith("*") or hour.startswith("*")


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


# -- checks -----------------------------------------------------------------------------------


def _checked_line(text: str) -> str:
    if not isinstance(text, str) or not text.strip():
        raise _bad(text, "is no cron line.", 'Write five fields such as "0 3 * * *", or None for on demand.')
    line = _expanded(" ".join(text.split()))
    fields = line.split()
    if len(fields) != 5:
        hint = "Write minute hour day-of-month month day-of-week; there are no seconds."
        raise _bad(text, f"has {len(fields)} fields, not five.", hint)
    for position, field in enumerate(fields):
        _check_field(text, position, field)
    if not _ever_matches(line):
        raise _bad(text, "never matches a date.", "Look at its day and its month together.")
    return line


def _expanded(line: str) -> str:
    if line.startswith("@") and line.lower() not in MACROS:
        raise _bad(line, "names no time that comes round.", f"Write {', '.join(MACROS)} or five fields.")
    return MACROS.get(line.lower(), line)


def _check_field(text: str, position: int, field: str) -> None:
    name, greatest, allowed = FIELDS[position]
    for term in field.split(","):
        if _oversteps(term, greatest):
            raise _bad(text, f'steps beyond its range with "{term}" as {name}.', "Name the values instead.")
    try:
        # Alone, so that the 31st of a short month is not blamed on the day field.
        _ticker(" ".join(["*"] * position + [field] + ["*"] * (4 - position)))
    except (CronSimError, ValueError):
        hint = f"There may be {allowed}, and lists, ranges and steps of them."
        raise _bad(text, f'has "{field}" as {name}.', hint) from None


def _oversteps(term: str, greatest: int) -> bool:
    """`*/90` and `1-5/7` never take a second step. That is not what was meant, and cron would not say so."""
    found = re.fullmatch(r"(?:(\d+)-(\d+)|.*)/(\d+)", term, re.ASCII)
    if found is None or len(term) > 20:
        return False
    first, last, step = found.groups()
    return int(step) > (greatest if first is None else abs(int(last) - int(first)))


def _ever_matches(line: str) -> bool:
    # The calendar repeats after 28 years; the library looks 50 ahead of a year that is fixed here.
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
        _zone(name)
    except (KeyError, OSError, TypeError, ValueError):
        # Without the cause: its message holds paths of this machine.
        raise BadSchedule(f'Time zone "{name}" is not known.', _nearest(name), field="timezone") from None


def _nearest(name: str) -> str:
    known = sorted(available_timezones())
    spelled = {name.casefold(): zone for zone in known for name in (zone.rpartition("/")[2], zone)}
    near = get_close_matches(str(name).strip().casefold().replace(" ", "_"), spelled, n=1)
    return f'Did you mean "{spelled[near[0]]}"?' if near else 'Write an IANA name such as "Europe/Berlin".'


# -- wall times -------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _ticker(line: str) -> CronSim:
    """The line, parsed once and then copied: parsing takes longer than most searches."""
    return CronSim(line, FIRST)


def wall_times(line: str, wall: datetime, *, back: bool = False) -> Iterator[datetime]:
    """The wall times that a cron line names: from `wall` on, itself included, or `back` from it.

    Zones stay out of it. Given one, the library forgets `fold`, skips minutes where a clock moves by half an
    hour or in mid-hour, and may never come back ("30 */2 * * *" in Pacific/Chatham).
    """
    ticker = copy(_ticker(line))
    # It answers strictly after, or before, the minute where it stands.
    ticker.tick_direction = -1 if back else 1
    ticker.dt = (wall + MINUTE if back else wall - TICK).replace(second=0, microsecond=0)
    with suppress(OverflowError):
        yield from ticker


# -- a zone's clock ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which a zone's clock runs evenly: from `start` until before `end` it shows UTC + `offset`.

    `before` is the offset up to `start`; offset - before is how far the clock was moved there, often zero.
    """

    start: datetime
    end: datetime
    offset: timedelta
    before: timedelta


def stretches(zone: str, utc: datetime) -> Iterator[Stretch]:
    """The stretches of a zone, ascending from the one that holds `utc`."""
    for year in range(max(utc.year, FIRST.year), LAST.year):
        yield from (stretch for stretch in _year(zone, year) if utc < stretch.end)


def stretches_back(zone: str, utc: datetime) -> Iterator[Stretch]:
    """The stretches of a zone, descending from the one that holds `utc`."""
    for year in range(min(utc.year, LAST.year - 1), FIRST.year - 1, -1):
        yield from (stretch for stretch in reversed(_year(zone, year)) if stretch.start <= utc)


@lru_cache(maxsize=4096)
def _year(zone: str, year: int) -> tuple[Stretch, ...]:
    """The stretches of one UTC year. New Year ends one too, so that years are worked out one by one."""
    rules, (start, end) = _zone(zone), (datetime(y, 1, 1, tzinfo=UTC) for y in (year, year + 1))
    edges = [start, *_moves(rules, start, end), end]
    return tuple(Stretch(a, b, _offset(rules, a), _offset(rules, a - SECOND)) for a, b in pairwise(edges))


def _moves(rules: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    probes = [start + PROBE * step for step in range((end - start) // PROBE + 1)]
    looks = [(utc, _offset(rules, utc)) for utc in (*probes, end - SECOND)]
    for (early, old), (late, new) in pairwise(looks):
        if new != old:
            yield _move(rules, early, late)


def _move(rules: ZoneInfo, early: datetime, late: datetime) -> datetime:
    """The second between the two at which the offset changes."""
    new = _offset(rules, late)
    seconds = range((late - early) // SECOND)
    return early + SECOND * bisect_left(
        seconds, True, key=lambda n: _offset(rules, early + SECOND * n) == new
    )


def _offset(rules: ZoneInfo, utc: datetime) -> timedelta:
    return utc.astimezone(rules).replace(tzinfo=UTC) - utc


# -- slots ------------------------------------------------------------------------------------


def rising(schedule: Schedule, since: datetime) -> Iterator[datetime]:
    """The slots from `since` on, ascending; none on demand."""
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
    """The slots from `until` back, descending; none on demand."""
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
    """How a stretch begins: wall times from the first until before the second are one slot, at its start."""
    moved, opening = stretch.offset - stretch.before, stretch.start + stretch.offset
    if not moved or schedule.follows_clock or not -DAYLIGHT <= moved < DAYLIGHT:
        return opening, opening
    if moved < NONE:
        return opening - moved, opening - moved
    # The opening minute is among them: made up or due by itself, it runs once.
    return opening - moved, opening + TICK


def _any(expression: str, since: datetime, until: datetime) -> bool:
    return since < until and next(wall_times(expression, since), until) < until
