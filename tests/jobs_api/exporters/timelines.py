"""Two years as bits, one a minute, to simulate schedulers by brute force. It shares no code with jobs_api.

A timeline is an integer whose bit n is the minute n after the beginning of `START`. A line of cron is one,
the slots of a schedule are one, and what a scheduler misses is the difference of two.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

START, END = date(2026, 1, 1), date(2028, 1, 1)
MARGIN = 3
"""Days of wall time on both sides, for zones ahead and behind."""
DAY = 1440
LENGTH = (END - START).days * DAY
NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


@dataclass(frozen=True)
class Semantics:
    """How a scheduler reads the days of a line."""

    both: str
    """Day of month and of week: "and", "or", or "star": AND where one begins with a star, as Debian does."""
    sunday: int | None = None
    """The number of Sunday; None: it reads names."""
    last_day: bool = False


DEBIAN = Semantics("star", sunday=0, last_day=True)
"""Of our own schedules, which also know names, LW, 5L and MON#2."""


def timeline(line: str, rules: Semantics, margin: int = 0) -> int:
    """The minutes of a line, in whatever zone its days are, with `margin` days more on both sides."""
    *_, day, _, week = line.split()
    if "*" in (day, week):  # how it joins them makes no difference
        rules = Semantics("and", rules.sunday, rules.last_day)
    return _timeline(line, rules, margin)


@lru_cache(maxsize=128)
def _timeline(line: str, rules: Semantics, margin: int) -> int:
    minute, hour, *days = line.split()
    pattern = sum(1 << h * 60 + m for h in numbers(hour, 0, 23) for m in numbers(minute, 0, 59))
    due, idle = pattern.to_bytes(DAY // 8, "little"), bytes(DAY // 8)
    matching = _matching(*days, rules, margin)
    return int.from_bytes(b"".join(due if matches else idle for matches in matching), "little")


@lru_cache(maxsize=1024)
def _matching(day: str, month: str, week: str, rules: Semantics, margin: int) -> tuple[bool, ...]:
    """For each day, whether it matches."""
    months, matches = numbers(month, 1, 12), day_matcher(day, week, rules)
    days = (START + timedelta(days=n) for n in range(-margin, (END - START).days + margin))
    return tuple(each.month in months and matches(each) for each in days)


def numbers(field: str, low: int, high: int) -> set[int]:
    """The values of a field of numbers."""
    found: set[int] = set()
    for term in field.split(","):
        span, _, step = term.partition("/")
        first, dash, last = ("*", "", "") if span == "*" else span.partition("-")
        start, stop = (low, high) if first == "*" else (int(first), int(last if dash else first))
        assert low <= start <= stop <= high, field
        found.update(range(start, stop + 1, int(step or 1)))
    return found


def day_matcher(day: str, week: str, rules: Semantics) -> Callable[[date], bool]:
    """Whether the day of a date matches."""
    dates, weekdays = _date_tests(day, rules), _week_tests(week, rules)
    both = rules.both == "and" or "*" in (day, week) or (rules.both == "star" and "*" in (day[0], week[0]))
    join = all if both else any
    return lambda each: join((any(test(each) for test in dates), any(test(each) for test in weekdays)))


Test = Callable[[date], bool]


def _date_tests(field: str, rules: Semantics) -> list[Test]:
    return [_date_test(term, rules) for term in field.split(",")]


def _date_test(term: str, rules: Semantics) -> Test:
    if term in ("L", "LW"):
        assert rules.last_day, f"{term} is not known"
        return _is_last if term == "L" else _is_last_weekday
    values = numbers(term, 1, 31)
    return lambda each: each.day in values


def _is_last(each: date) -> bool:
    return each.day == monthrange(each.year, each.month)[1]


def _is_last_weekday(each: date) -> bool:
    rest = [each + timedelta(days=n) for n in range(1, 7)]
    return each.isoweekday() < 6 and not any(
        later.month == each.month and later.isoweekday() < 6 for later in rest
    )


def _week_tests(field: str, rules: Semantics) -> list[Test]:
    return [_week_test(term, rules) for term in field.split(",")]


def _week_test(term: str, rules: Semantics) -> Test:
    if term.endswith("L"):
        return lambda each: _weekday(each) == int(term[0]) % 7 and _is_in_last_week(each)
    if "#" in term:
        name, _, nth = term.partition("#")
        return lambda each: _weekday(each) == NAMES.index(name) and (each.day + 6) // 7 == int(nth)
    values = _weekdays(term, rules)
    return lambda each: _weekday(each) in values


def _weekday(each: date) -> int:
    return each.isoweekday() % 7


def _is_in_last_week(each: date) -> bool:
    return (each + timedelta(days=7)).month != each.month


def _weekdays(term: str, rules: Semantics) -> set[int]:
    if term == "*":
        return set(range(7))
    if rules.sunday is None:
        first, _, last = term.partition("-")
        names = (*NAMES[1:], NAMES[0])
        places = range(names.index(first), names.index(last or first) + 1)
        return {(place + 1) % 7 for place in places}
    return {(value - rules.sunday) % 7 for value in numbers(term, rules.sunday, rules.sunday + 6)}


# -- zones --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Segment:
    """Minutes in which a zone has one offset, and how far the clock moved at its beginning."""

    start: int
    end: int
    offset: int
    moved: int

    @property
    def mask(self) -> int:
        """Its minutes."""
        return ((1 << self.end - self.start) - 1) << self.start


@cache
def segments(zone: str) -> tuple[Segment, ...]:
    """The segments of a zone in these two years."""
    edges = list(_edges(ZoneInfo(zone)))
    found, before = [], edges[0][1]
    for (start, offset), (end, _) in zip(edges, [*edges[1:], (LENGTH, 0)], strict=True):
        found.append(Segment(start, end, offset, offset - before))
        before = offset
    return tuple(found)


def _edges(zone: ZoneInfo) -> Iterator[tuple[int, int]]:
    """The minutes at which an offset begins, and the offset."""
    offset = _offset(zone, 0)
    yield 0, offset
    for probe in range(0, LENGTH, 3 * 60):  # no clock moves twice in three hours
        for quarter in range(probe, probe + 3 * 60, 15) if _offset(zone, probe + 3 * 60) != offset else ():
            if (later := _offset(zone, quarter + 15)) != offset:
                offset = later
                yield quarter + 15, offset


_MIDNIGHT = datetime(START.year, 1, 1, tzinfo=UTC)


def _offset(zone: ZoneInfo, minute: int) -> int:
    at = (_MIDNIGHT + timedelta(minutes=minute)).astimezone(zone)
    return (at.utcoffset() or timedelta()) // timedelta(minutes=1)


def on_the_wall(walls: int, segment: Segment) -> int:
    """The minutes of a segment whose wall time is in `walls`, a timeline that begins `MARGIN` days early."""
    shift = MARGIN * DAY + segment.offset
    return (walls >> shift) & segment.mask


def wall_fires(line: str, zone: str, rules: Semantics) -> int:
    """What fires in a zone as a naive daemon does it: nothing in a gap, twice in an hour that comes twice."""
    walls = timeline(line, rules, MARGIN)
    return sum(on_the_wall(walls, segment) for segment in segments(zone))


def slots(line: str, zone: str) -> int:
    """The slots of one of our schedules, by the rules of Debian's cron."""
    walls = timeline(line, DEBIAN, MARGIN)
    star = "*" in (line.split()[0][0], line.split()[1][0])
    found = 0
    for segment in segments(zone):
        due = on_the_wall(walls, segment)
        if not star and segment.moved < 0:  # the hour comes again: those slots have been
            due &= ~(((1 << -segment.moved) - 1) << segment.start)
        if not star and segment.moved > 0:
            begin = segment.start + MARGIN * DAY + segment.offset - segment.moved
            if (walls >> begin) & ((1 << segment.moved) - 1):  # left out by the clock: due at the jump
                due |= 1 << segment.start
        found |= due
    return found


def bits(timeline: int) -> Iterator[int]:
    """The minutes of a timeline."""
    text = f"{timeline:b}"[::-1]
    place = text.find("1")
    while place >= 0:
        yield place
        place = text.find("1", place + 1)


def first_from(timeline: int, minute: int) -> int | None:
    """The first minute of a timeline that is not before `minute`."""
    rest = timeline >> minute
    return minute + (rest & -rest).bit_length() - 1 if rest else None
