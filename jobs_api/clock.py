"""The database's clock: leases and back-off are set and compared by one clock, however many hosts.

Every function takes `now`: None in production, where the database fills it in, an aware
datetime in tests; what also notes the time in a record takes a `Moment`. A process notes what the database's
clock said in each answer, so that it knows the time also where it asks nothing. The host's own clock decides
nothing; it is compared, and a wrong one is told.
"""

from __future__ import annotations

import dataclasses
import time
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connections
from django.db.models import Value
from django.db.models.functions import Now
from django.utils import timezone

from jobs_api.text import loggers

logger = loggers.logger(__name__)

# The same expressions that Now() compiles to, for the statements written by hand.
NOW_SQL = {"postgresql": "STATEMENT_TIMESTAMP()", "sqlite": "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW')"}
AFTER_SQL = {
    "postgresql": "STATEMENT_TIMESTAMP() + CAST(%s AS interval)",
    "sqlite": "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW', %s)",
}


class Sql(NamedTuple):
    """A part of a statement written by hand, with its parameters."""

    text: str
    params: list[Any]


def expression(now: datetime | None) -> Any:
    """`now` as an expression."""
    return Now() if now is None else Value(now)


def after(now: datetime | None, delta: timedelta) -> Any:
    """`delta` after `now`, as an expression."""
    if not delta:  # SQLite's sums have more digits than its clock: now + 0 would compare as later than now
        return expression(now)
    return Now() + delta if now is None else now + delta


def sql(now: datetime | None, using: str) -> Sql:
    """`now` in a statement written by hand."""
    if now is None:
        return Sql(NOW_SQL[connections[using].vendor], [])
    return Sql("%s", [parameter(now, using)])


def sql_after(now: datetime | None, delta: timedelta, using: str) -> Sql:
    """`delta` after `now` in a statement written by hand."""
    if now is None:
        return Sql(AFTER_SQL[connections[using].vendor], [f"{delta.total_seconds():f} seconds"])
    return sql(now + delta, using)


def parameter(instant: datetime, using: str) -> Any:
    """An instant as a parameter of a statement written by hand."""
    return connections[using].ops.adapt_datetimefield_value(instant)


def instant(column: Any, using: str) -> datetime | None:
    """What a statement written by hand has read from a column of instants, made aware where SQLite is not."""
    return None if column is None else told(column, using)


def told(column: Any, using: str) -> datetime:
    """The same of a column that is never empty."""
    read: datetime = datetime.fromisoformat(column) if isinstance(column, str) else column
    return read if read.tzinfo is not None else read.replace(tzinfo=connections[using].timezone)


@dataclasses.dataclass(frozen=True, slots=True)
class Moment:
    """Now, as a statement that changes a run takes it."""

    at: datetime
    """The time to note in the record: what the database's clock has said."""
    given: datetime | None = None
    """The time that deadlines are set and compared by, in tests; None is the database's clock, which has gone
    on since it said `at`."""

    @classmethod
    def fixed(cls, at: datetime) -> Moment:
        """For tests: the record and the deadlines go by this time."""
        return cls(at, at)

    def expression(self) -> Any:
        """Now, for a deadline."""
        return expression(self.given)

    def after(self, delta: timedelta) -> Any:
        """`delta` after now, as an expression."""
        return after(self.given, delta)

    def sql(self, delta: timedelta, using: str) -> Sql:
        """`delta` after now, in a statement written by hand."""
        return sql_after(self.given, delta, using)


# -- what the database's clock was heard to say -----------------------------------------------

DIGITS = timedelta(milliseconds=1)
"""SQLite's clock has no more of them: it may lag so much behind an instant of the same moment."""
SLOW = 1.0
"""Seconds; an answer that took longer tells the time no better than one heard before."""
FRESH, MOMENT = 1.0, timedelta(seconds=2)
"""What was heard less than a second ago is as good as what is heard now, unless the clock has jumped."""
ASTRAY = timedelta(seconds=60)
"""A host whose clock differs by more than this is told."""


class Heard(NamedTuple):
    """What the database's clock said, and when that was by the monotonic clock of this process."""

    at: datetime
    asked: float
    off: timedelta
    """How far this host's clock was ahead of the database's; negative where it was behind."""


_heard: Heard | None = None


def host() -> datetime:
    """This host's clock: for comparison only."""
    return timezone.now()


def hear(at: datetime, asked: float) -> datetime:
    """Note the database's time, from the answer to a statement that was sent at `asked` (monotonic)."""
    global _heard
    took = time.monotonic() - asked
    if _heard is not None and took > SLOW:
        return at
    if _heard is not None and asked - _heard.asked < FRESH and abs(at - _heard.at) < MOMENT:
        return at  # it says the same as a moment ago
    before, _heard = _heard, Heard(at, asked, host() - at - timedelta(seconds=took))
    if _astray(_heard) and not (before and _astray(before)):
        logger.warning("%s jobs_api goes by the database's; set this host's right.", fault())
    return at


def _astray(heard: Heard) -> bool:
    return abs(heard.off) > ASTRAY


def guess() -> datetime | None:
    """The database's time as this process has last heard it; None if it never has."""
    heard = _heard
    return None if heard is None else heard.at + timedelta(seconds=time.monotonic() - heard.asked)


def off() -> timedelta:
    """How far this host's clock is ahead of the database's; nothing up to a minute."""
    return _heard.off if _heard is not None and _astray(_heard) else timedelta(0)


def fault() -> str:
    """How this host's clock stands, for people; empty where it is right."""
    seconds = off().total_seconds()
    side = "ahead of" if seconds > 0 else "behind"
    return f"This host's clock is {abs(seconds):.0f} s {side} the database's." if seconds else ""


def forget() -> None:
    """Know nothing, in a test."""
    global _heard
    _heard = None
