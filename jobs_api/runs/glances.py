"""The newest run of each job in few columns: to read a thousand rows whole takes longer than to judge all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from jobs_api import clock
from jobs_api.database import alias
from jobs_api.models import JobDeclaration, JobRun
from jobs_api.runs.readers import NOT_STARTED
from jobs_api.schedule.slots import MOST_TOLERANCE

_RUNS, _DECLARATIONS = JobRun._meta.db_table, JobDeclaration._meta.db_table


class Glance(NamedTuple):
    """What a line about a job says of a run. Named as the fields of `JobRun`; instants are in UTC."""

    pk: int
    state: str
    reason: str
    attempt: int
    trigger: str
    source: str
    lease_over: bool
    """Whether it is held, but its holder is silent."""
    run_date: datetime
    started_at: datetime | None
    finished_at: datetime | None


class Known(NamedTuple):
    """One declaration that the database knows, with the runs of its job; a job may have several."""

    name: str
    schedule: str
    timezone: str
    since: datetime
    failed_at: datetime | None
    """When the newest run was tried, if that failed."""
    newest: Glance | None
    started: Glance | None
    """The newest one that was started: neither queued nor skipped."""


def known(now: datetime | None) -> list[Known]:
    """All declarations: one statement, one look into the index per declaration, two where the newest run was
    not started. What is stored ahead of the clock does not count.

    Args:
        now: for tests; None is the database's clock.
    """
    connection = connections[alias()]
    at, until = clock.sql(now, connection), clock.sql_after(now, MOST_TOLERANCE, connection)
    given = [*at.params, *at.params, *until.params]
    with connection.cursor() as cursor:
        cursor.execute(_sql(connection.vendor, at.text, until.text), given)
        found: list[Any] = cursor.fetchall()
    instant = cache(_reader(connection))  # many jobs are due, and were declared, at the same time
    return [_known(row, instant) for row in found]


def _known(row: Sequence[Any], instant: Callable[[Any], datetime]) -> Known:
    name, schedule, zone, since, failed_at, *runs = row
    newest, started = _glance(runs[:_WIDTH], instant), _glance(runs[_WIDTH:], instant)
    failed = None if failed_at is None else instant(failed_at)
    begun = started if newest is None or newest.state in NOT_STARTED else newest
    return Known(name, schedule, zone, instant(since), failed, newest, begun)


def _glance(columns: Sequence[Any], instant: Callable[[Any], datetime]) -> Glance | None:
    *plain, over, slot, started, finished = columns
    if slot is None:
        return None
    times = (None if each is None else instant(each) for each in (started, finished))
    return Glance._make((*plain, bool(over), instant(slot), *times))


def _reader(connection: BaseDatabaseWrapper) -> Callable[[Any], datetime]:
    """Reads an instant: SQLite returns text, and PostgreSQL is asked for seconds, which are read quicker."""
    if connection.vendor == "sqlite":
        return lambda text: clock.aware(text, connection).astimezone(UTC)
    return lambda seconds: datetime.fromtimestamp(seconds, UTC)


# -- the text: names of ours and the clock's function are put into it, nothing else -----------

_WIDTH = len(Glance._fields)
_HAS_NOT_STARTED = f"state IN ({', '.join(repr(str(state)) for state in NOT_STARTED)})"


@cache
def _sql(vendor: str, now: str, until: str) -> str:
    failed_at = "COALESCE(r.started_at, r.claimed_at, r.finished_at)"
    failed = f"CASE WHEN r.state = 'failed' THEN {_instant(vendor, failed_at)} END"
    columns = ["d.job_name", "d.schedule", "d.timezone", _instant(vendor, "d.since"), failed]
    chosen = ", ".join([*columns, *_columns(vendor, "r", now), *_columns(vendor, "s", now)])
    newest = f"FROM {_RUNS} WHERE job_name = d.job_name AND run_date"
    first, before = (
        f"{newest} <= {until} {_FIRST}",
        f"{newest} < r.run_date AND NOT ({_HAS_NOT_STARTED}) {_FIRST}",
    )
    if vendor == "sqlite":
        started = f"CASE WHEN r.{_HAS_NOT_STARTED} THEN (SELECT id {before}) END"
        joined = (f"{_RUNS} AS r ON r.id = (SELECT id {first})", f"{_RUNS} AS s ON s.id = {started}")
    else:
        started = before.replace(" WHERE ", f" WHERE r.{_HAS_NOT_STARTED} AND ", 1)
        joined = (f"LATERAL (SELECT * {first}) AS r ON true", f"LATERAL (SELECT * {started}) AS s ON true")
    return f"SELECT {chosen} FROM {_DECLARATIONS} AS d LEFT JOIN {' LEFT JOIN '.join(joined)}"  # noqa: S608


_FIRST = "ORDER BY run_date DESC LIMIT 1"


def _columns(vendor: str, run: str, now: str) -> list[str]:
    """Of a `Glance`."""
    over = f"{run}.state IN ('claimed', 'running') AND {run}.lease_expires_at < {now}"
    instants = (_instant(vendor, f"{run}.{name}") for name in ("run_date", "started_at", "finished_at"))
    plain = (f"{run}.{name}" for name in ("id", "state", "reason", "attempt", "trigger", "source"))
    return [*plain, over, *instants]


def _instant(vendor: str, column: str) -> str:
    return f"CAST(EXTRACT(EPOCH FROM {column}) AS float8)" if vendor == "postgresql" else column
