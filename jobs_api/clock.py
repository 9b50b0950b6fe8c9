"""The database's clock: leases and back-off are set and compared by one clock, however many hosts.

Every function takes `now`: None in production, where the database fills it in, an aware
datetime in tests.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connections
from django.db.models import Value
from django.db.models.functions import Now

# The same expressions that Now() compiles to, for the one statement written by hand.
NOW_SQL = {"postgresql": "STATEMENT_TIMESTAMP()", "sqlite": "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW')"}


def moment(now: datetime | None) -> Any:
    """`now` as an expression."""
    return Now() if now is None else Value(now)


def after(now: datetime | None, delta: timedelta) -> Any:
    """`delta` after `now`, as an expression."""
    if not delta:  # SQLite's sums have more digits than its clock: now + 0 would compare as later than now
        return moment(now)
    return Now() + delta if now is None else now + delta


def sql(now: datetime | None, using: str) -> tuple[str, list[Any]]:
    """`now` as SQL text with its parameters."""
    if now is None:
        return NOW_SQL[connections[using].vendor], []
    return "%s", [parameter(now, using)]


def parameter(instant: datetime, using: str) -> Any:
    """An instant as a parameter of a statement written by hand."""
    return connections[using].ops.adapt_datetimefield_value(instant)
