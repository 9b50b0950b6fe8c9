"""Debian's cron, played minute by minute: what the answers of `jobs_api.schedule.slots` are compared with.

Shares no code with it. The daemon knows two clocks: `running`, the local minute that it is, and `virtual`,
the local minute up to which it has run everything. Their difference tells it what to do, in three cases:

* one minute: an ordinary minute, run every job that matches it;
* up to three hours ahead: the clock jumped. Jobs with a wildcard see the new minute only, jobs at fixed times
  also every minute that was left out;
* less than three hours behind: the clock went back. Jobs with a wildcard run again, jobs at fixed times wait
  until `virtual` is caught up with.

Anything else it takes for a correction of the clock, and goes on from there.
"""

import calendar
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

# One change of the clock each, in UTC, with the offsets on both sides: the tests check these first.
CHANGES = {
    "Berlin, spring": ("Europe/Berlin", "2025-03-30T01:00Z", "+01:00", "+02:00"),
    "Berlin, autumn": ("Europe/Berlin", "2025-10-26T01:00Z", "+02:00", "+01:00"),
    "London, spring": ("Europe/London", "2025-03-30T01:00Z", "+00:00", "+01:00"),
    "London, autumn": ("Europe/London", "2025-10-26T01:00Z", "+01:00", "+00:00"),
    "New York, spring": ("America/New_York", "2025-03-09T07:00Z", "-05:00", "-04:00"),
    "New York, autumn": ("America/New_York", "2025-11-02T06:00Z", "-04:00", "-05:00"),
    "Lord Howe, half an hour ahead": ("Australia/Lord_Howe", "2025-10-04T15:30Z", "+10:30", "+11:00"),
    "Lord Howe, half an hour back": ("Australia/Lord_Howe", "2025-04-05T15:00Z", "+11:00", "+10:30"),
    "Chatham, at a quarter to three": ("Pacific/Chatham", "2025-09-27T14:00Z", "+12:45", "+13:45"),
    "Chatham, at a quarter to four": ("Pacific/Chatham", "2025-04-05T14:00Z", "+13:45", "+12:45"),
    "St. John's, spring": ("America/St_Johns", "2025-03-09T05:30Z", "-03:30", "-02:30"),
    "St. John's, autumn": ("America/St_Johns", "2025-11-02T04:30Z", "-02:30", "-03:30"),
    "St. John's, a minute past midnight, ahead": (
        "America/St_Johns",
        "2010-03-14T03:31Z",
        "-03:30",
        "-02:30",
    ),
    "St. John's, a minute past midnight, back": ("America/St_Johns", "2010-11-07T02:31Z", "-02:30", "-03:30"),
    "Casablanca, before Ramadan": ("Africa/Casablanca", "2025-02-23T02:00Z", "+01:00", "+00:00"),
    "Casablanca, after Ramadan": ("Africa/Casablanca", "2025-04-06T02:00Z", "+00:00", "+01:00"),
    "Sao Paulo, no midnight": ("America/Sao_Paulo", "2018-11-04T03:00Z", "-03:00", "-02:00"),
    "Sao Paulo, back from midnight": ("America/Sao_Paulo", "2018-02-18T02:00Z", "-02:00", "-03:00"),
    "Cairo, no midnight": ("Africa/Cairo", "2025-04-24T22:00Z", "+02:00", "+03:00"),
    "Cairo, back from midnight": ("Africa/Cairo", "2025-10-30T21:00Z", "+03:00", "+02:00"),
    "Beirut, no midnight": ("Asia/Beirut", "2025-03-29T22:00Z", "+02:00", "+03:00"),
    "Havana, midnight twice": ("America/Havana", "2025-11-02T05:00Z", "-04:00", "-05:00"),
    "Troll, two hours ahead": ("Antarctica/Troll", "2025-03-30T01:00Z", "+00:00", "+02:00"),
    "Troll, two hours back": ("Antarctica/Troll", "2025-10-26T01:00Z", "+02:00", "+00:00"),
    "Casey, three hours ahead": ("Antarctica/Casey", "2018-10-06T20:00Z", "+08:00", "+11:00"),
    "Casey, three hours back": ("Antarctica/Casey", "2018-03-10T17:00Z", "+11:00", "+08:00"),
    "Danmarkshavn, on New Year's Day": ("America/Danmarkshavn", "1996-01-01T03:00Z", "-03:00", "+00:00"),
    "Apia, a whole day left out": ("Pacific/Apia", "2011-12-30T10:00Z", "-10:00", "+14:00"),
    "Kolkata, none": ("Asia/Kolkata", "2024-12-31T18:30Z", "+05:30", "+05:30"),
    "Kathmandu, none": ("Asia/Kathmandu", "2024-12-31T18:15Z", "+05:45", "+05:45"),
    "Kiritimati, none": ("Pacific/Kiritimati", "2024-12-31T10:00Z", "+14:00", "+14:00"),
    "Pago Pago, none": ("Pacific/Pago_Pago", "2025-01-01T11:00Z", "-11:00", "-11:00"),
}


@cache
def due(line: str, zone: str, start: datetime, end: datetime) -> list[datetime]:
    """The UTC minutes from `start` until before `end` at which the daemon would start the job, ascending."""
    matches, wildcard = matcher(line), _is_wildcard(line)
    (_, virtual), *clock = _local_minutes(zone, start, end)
    found = []
    for utc, running in clock:
        ahead = (running - virtual) // MINUTE
        if 5 < ahead <= 180:
            left_out = [virtual + MINUTE * n for n in range(1, ahead + 1)]
            runs = matches(running) if wildcard else any(matches(minute) for minute in left_out)
        else:
            runs = matches(running) and (wildcard or not -180 < ahead <= 0)
        if runs:
            found.append(utc)
        if not -180 < ahead <= 0:
            virtual = running
    return found


@cache
def _local_minutes(zone: str, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    rules = ZoneInfo(zone)
    minutes = [start + MINUTE * n for n in range(-1, (end - start) // MINUTE)]
    return [(utc, utc.astimezone(rules).replace(tzinfo=None)) for utc in minutes]


def _is_wildcard(line: str) -> bool:
    minute, hour, *_ = line.split()
    return minute[0] == "*" or hour[0] == "*"


@cache
def matcher(line: str) -> Callable[[datetime], bool]:
    """Whether a cron line names a naive local minute."""
    minute, hour, day, month, weekday = line.upper().split()
    minutes, hours, months = _numbers(minute, 0, 59), _numbers(hour, 0, 23), _numbers(month, 1, 12, MONTHS, 1)
    both = day[0] == "*" or weekday[0] == "*"

    @cache
    def is_day(year: int, number: int, date: int) -> bool:
        last = calendar.monthrange(year, number)[1]
        by_date = any(_names_date(term, year, number, date, last) for term in day.split(","))
        by_weekday = any(_names_weekday(term, year, number, date, last) for term in weekday.split(","))
        return number in months and (by_date and by_weekday if both else by_date or by_weekday)

    def matches(wall: datetime) -> bool:
        return wall.minute in minutes and wall.hour in hours and is_day(wall.year, wall.month, wall.day)

    return matches


def _numbers(field: str, low: int, high: int, names: tuple[str, ...] = (), base: int = 0) -> set[int]:
    for index, name in enumerate(names):
        field = field.replace(name, str(index + base))
    found = set()
    for term in field.split(","):
        span, _, step = term.partition("/")
        first, dash, last = (f"{low}-{high}" if span == "*" else span).partition("-")
        end = int(last) if dash else high if step else int(first)
        found |= set(range(int(first), end + 1, int(step or 1)))
    return found


def _names_date(term: str, year: int, month: int, date: int, last: int) -> bool:
    if term == "L":
        return date == last
    if term == "LW":
        return date == max(d for d in range(1, last + 1) if calendar.weekday(year, month, d) < 5)
    return date in _numbers(term, 1, 31)


def _names_weekday(term: str, year: int, month: int, date: int, last: int) -> bool:
    weekday = (calendar.weekday(year, month, date) + 1) % 7
    if term.endswith("L"):
        return weekday == int(term[:-1]) % 7 and date > last - 7
    if "#" in term:
        name, _, which = term.partition("#")
        return {weekday} == {n % 7 for n in _numbers(name, 0, 7, DAYS)} and (date - 1) // 7 + 1 == int(which)
    return weekday in {n % 7 for n in _numbers(term, 0, 7, DAYS)}


def at(text: str) -> datetime:
    """An instant from ISO 8601, in UTC: equal instants then are equal objects, whatever their zone."""
    return datetime.fromisoformat(text).astimezone(UTC)


def instants(slots: Iterator[datetime] | list[datetime]) -> list[datetime]:
    """The same in UTC, for the same reason."""
    return [slot.astimezone(UTC) for slot in slots]
