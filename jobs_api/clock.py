"""The database's clock: it alone sets and compares leases and back-off, however many hosts there are.

Functions take `now`: None in production, where the database fills it in, and an aware datetime in tests. Code
that also stores the time in a record takes a `Moment`. A process remembers the database's time from each
answer, so that it can estimate the time without a query. The host's own clock decides nothing; it is only
compared, and a wrong one is reported.
"""

from __future__ import annotations

import dataclasses
import time
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper
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
    if not delta:  # SQLite's sums have more digits than its clock: now + 0 would be later than now
        return expression(now)
    return Now() + delta if now is None else now + delta


# These take the connection and not its alias: to look one up takes a microsecond, ten times a trigger.


def sql(now: datetime | None, connection: BaseDatabaseWrapper) -> Sql:
    """`now` in a statement written by hand."""
    if now is None:
        return Sql(NOW_SQL[connection.vendor], [])
    return Sql("%s", [parameter(now, connection)])


def sql_after(now: datetime | None, delta: timedelta, connection: BaseDatabaseWrapper) -> Sql:
    """`delta` after `now` in a statement written by hand."""
    if now is None:
        return Sql(AFTER_SQL[connection.vendor], [f"{delta.total_seconds():f} seconds"])
    return sql(now + delta, connection)


def parameter(instant: datetime, connection: BaseDatabaseWrapper) -> Any:
    """An instant as a parameter of a statement written by hand."""
    return connection.ops.adapt_datetimefield_value(instant)


def instant(column: Any, connection: BaseDatabaseWrapper) -> datetime | None:
    """The value of a datetime column in a statement written by hand, made aware (SQLite returns text)."""
    return None if column is None else aware(column, connection)


def aware(column: Any, connection: BaseDatabaseWrapper) -> datetime:
    """The same for a column that is never empty."""
    read: datetime = datetime.fromisoformat(column) if isinstance(column, str) else column
    return read if read.tzinfo is not None else read.replace(tzinfo=connection.timezone)


@dataclasses.dataclass(frozen=True, slots=True)
class Moment:
    """The time "now", for a statement that changes a run."""

    at: datetime
    """The time to store in the record, read from the database's clock."""
    given: datetime | None = None
    """In tests: the time by which deadlines are set and compared. None is the database's clock, which has
    continued since `at`."""

    @classmethod
    def fixed(cls, at: datetime) -> Moment:
        """For tests: the record and the deadlines use this time."""
        return cls(at, at)

    def expression(self) -> Any:
        """Now, for a deadline."""
        return expression(self.given)

    def after(self, delta: timedelta) -> Any:
        """`delta` after now, as an expression."""
        return after(self.given, delta)

    def sql(self, delta: timedelta, connection: BaseDatabaseWrapper) -> Sql:
        """`delta` after now, in a statement written by hand."""
        return sql_after(self.given, delta, connection)


# -- the last reading of the database's clock -------------------------------------------------

DIGITS = timedelta(milliseconds=1)
"""SQLite's clock has milliseconds: it may lag this much behind an instant of the same moment."""
SLOW = 1.0
"""Seconds; an answer that took longer is less exact than an earlier reading."""
FRESH, MOMENT = 1.0, timedelta(seconds=2)
"""A reading less than a second old is as good as a new one, unless the clock has jumped."""
ASTRAY = timedelta(seconds=60)
"""A host whose clock differs by more than this is reported."""


class Reading(NamedTuple):
    """A reading of the database's clock, and its moment on the monotonic clock of this process."""

    at: datetime
    sent_at: float
    off: timedelta
    """How far this host's clock was ahead of the database's; negative if it was behind."""


_last_reading: Reading | None = None


def host() -> datetime:
    """This host's clock, for comparison only."""
    return timezone.now()


def note_reading(at: datetime, sent_at: float) -> datetime:
    """Remember the database's time from the answer to a statement that was sent at `sent_at` (monotonic)."""
    global _last_reading
    took = time.monotonic() - sent_at
    if _last_reading is not None and took > SLOW:
        return at
    if (
        _last_reading is not None
        and sent_at - _last_reading.sent_at < FRESH
        and abs(at - _last_reading.at) < MOMENT
    ):
        return at  # the last reading is new enough
    before, _last_reading = _last_reading, Reading(at, sent_at, host() - at - timedelta(seconds=took))
    if _astray(_last_reading) and not (before and _astray(before)):
        logger.warning("%s jobs_api uses the database's; correct this host's clock.", fault())
    return at


def _astray(reading: Reading) -> bool:
    return abs(reading.off) > ASTRAY


def guess() -> datetime | None:
    """The database's time, estimated from this process's last reading; None if there is none."""
    reading = _last_reading
    return None if reading is None else reading.at + timedelta(seconds=time.monotonic() - reading.sent_at)


def estimate() -> datetime:
    """The database's time as far as this process knows it, else this host's: for what others are told."""
    return guess() or host()


def off() -> timedelta:
    """How far this host's clock is ahead of the database's; zero if it is less than a minute."""
    return _last_reading.off if _last_reading is not None and _astray(_last_reading) else timedelta(0)


def fault() -> str:
    """The error of this host's clock, for people; empty if the clock is right."""
    seconds = off().total_seconds()
    side = "ahead of" if seconds > 0 else "behind"
    return f"This host's clock is {abs(seconds):.0f} s {side} the database's." if seconds else ""


def forget() -> None:
    """Know nothing, in a test."""
    global _last_reading
    _last_reading = None
