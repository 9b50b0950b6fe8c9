"""The database's clock: leases and back-off are set and compared by one clock, however many hosts.

Every function takes `now`: None in production, where the database fills it in, an aware
datetime in tests.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connections
from django.db.models import Value
from django.db.models.functions import Now

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


def moment(now: datetime | None) -> Any:
    """`now` as an expression."""
    return Now() if now is None else Value(now)


def after(now: datetime | None, delta: timedelta) -> Any:
    """`delta` after `now`, as an expression."""
    if not delta:  # SQLite's sums have more digits than its clock: now + 0 would compare as later than now
        return moment(now)
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
    read: datetime | None = datetime.fromisoformat(column) if isinstance(column, str) else column
    if read is None or read.tzinfo is not None:
        return read
    return read.replace(tzinfo=connections[using].timezone)
