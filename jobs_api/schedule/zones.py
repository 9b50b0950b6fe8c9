"""The clock of a time zone: intervals that have one offset from UTC each, found once per zone and year."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

# Slots exist in these years. Later dates overflow; before 1970 zones moved by odd numbers of seconds.
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
# Since 1970 no zone has moved its clock twice within six days: a probe every third day finds every move.
PROBE = timedelta(days=3)


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The rules of a zone, the same object each time."""
    return ZoneInfo(name)


@dataclass(frozen=True, slots=True)
class Stretch:
    """An interval in which a zone's offset is constant: from `start` until before `end` it is `offset`.

    `before` is the offset up to `start`. `offset - before` is how far the clock moved at `start`, often zero.
    """

    start: datetime
    end: datetime
    offset: timedelta
    before: timedelta


def stretches(name: str, utc: datetime) -> Iterator[Stretch]:
    """The stretches of a zone, ascending from the one that contains `utc`."""
    for year in range(max(utc.year, FIRST.year), LAST.year):
        yield from (stretch for stretch in _year(name, year) if utc < stretch.end)


def stretches_back(name: str, utc: datetime) -> Iterator[Stretch]:
    """The stretches of a zone, descending from the one that contains `utc`."""
    for year in range(min(utc.year, LAST.year - 1), FIRST.year - 1, -1):
        yield from (stretch for stretch in reversed(_year(name, year)) if stretch.start <= utc)


@lru_cache(maxsize=4096)
def _year(name: str, year: int) -> tuple[Stretch, ...]:
    """The stretches of one UTC year. They also end at New Year, so that each year is calculated alone."""
    rules, (start, end) = zone(name), (datetime(y, 1, 1, tzinfo=UTC) for y in (year, year + 1))
    edges = [start, *_moves(rules, start, end), end]
    return tuple(Stretch(a, b, _offset(rules, a), _offset(rules, a - SECOND)) for a, b in pairwise(edges))


def _moves(rules: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    probes = [start + PROBE * step for step in range((end - start) // PROBE + 1)]
    looks = [(utc, _offset(rules, utc)) for utc in (*probes, end - SECOND)]
    for (early, old), (late, new) in pairwise(looks):
        if new != old:
            yield _move(rules, early, late)


def _move(rules: ZoneInfo, early: datetime, late: datetime) -> datetime:
    """The second between `early` and `late` at which the offset changes."""
    new = _offset(rules, late)
    seconds = range((late - early) // SECOND)
    return early + SECOND * bisect_left(
        seconds, True, key=lambda n: _offset(rules, early + SECOND * n) == new
    )


def _offset(rules: ZoneInfo, utc: datetime) -> timedelta:
    return utc.astimezone(rules).replace(tzinfo=UTC) - utc
