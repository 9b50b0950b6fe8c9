"""Rows of runs in few columns, for many jobs at once: one statement, along the index (job, slot)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any, NamedTuple

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from jobs_api import clock, conf
from jobs_api.database import alias
from jobs_api.models import HistoryMark, JobRun, State
from jobs_api.runs.pruning import PRUNED
from jobs_api.schedule.slots import MOST_TOLERANCE

OFFSET = "+00:00"
TABLE, _MARKS = JobRun._meta.db_table, HistoryMark._meta.db_table
_PLAIN = ("state", "attempt", "trigger", "id", "reason", "tries", "source")
_ERROR = "CASE WHEN r.state = 'failed' THEN SUBSTR(r.error, 1, 1000) ELSE '' END"
_INSTANTS = (
    "r.run_date",
    "COALESCE(r.started_at, r.claimed_at)",
    "r.finished_at",
    "CASE WHEN r.attempt > 1 THEN r.created_at END",
)
"""Only these: to read an instant takes longer than all the rest of a row."""


class Row(NamedTuple):
    """One run with its newest attempt."""

    state: str
    attempt: int
    trigger: str
    id: int
    reason: str
    tries: int
    source: str
    error: str
    """Its beginning; empty for a run that did not fail."""
    lease_over: bool
    """Whether it is held, but its holder is silent."""
    run_date: datetime
    began: datetime | None
    """When its newest attempt began, or was claimed if it has not begun."""
    finished_at: datetime | None
    created_at: datetime | None
    """When its first trigger came; None unless it had more attempts than one."""


class Done(NamedTuple):
    """A run that has succeeded at once: most are like that, and little is read of them."""

    run_date: datetime
    started_at: datetime
    trigger: str


class Found(NamedTuple):
    """The rows of some jobs."""

    rows: dict[str, list[Row]]
    """Of each job, oldest slot first."""
    since: datetime
    """Before this slots without a run say nothing: their runs may have been deleted."""
    done: Mapping[str, Sequence[Done]] = {}
    """Those that have succeeded at once, where they were read apart: they are no rows then."""

    def of(self, name: str) -> list[Row]:
        """Those of one job."""
        return self.rows.get(name, [])


def within(
    names: Iterable[str],
    start: datetime,
    end: datetime,
    *,
    at: datetime,
    each: int,
    now: datetime | None = None,
    unsuccessful: bool = False,
    apart: bool = False,
) -> Found:
    """The newest runs of each job of the slots from `start` to before `end`.

    Args:
        each: at most so many of each job.
        unsuccessful: without those that have succeeded.
        apart: those that have succeeded at once are read apart: with many of them that is quicker.
    """
    wanted, connection = sorted(set(names)), connections[alias()]
    if not wanted:
        return Found({}, kept_since(at, None))
    text, given = clock.sql(now, connection)
    bounds = [clock.parameter(instant, connection) for instant in (start, min(end, come(at)))]
    with connection.cursor() as cursor:
        sql = _sql(connection.vendor, text, unsuccessful=unsuccessful)
        cursor.execute(sql, [*given, *params(connection, wanted, bounds, each)])
        found: list[Any] = cursor.fetchall()
    done: dict[str, list[Done]] = defaultdict(list)
    stored = read(found, connection, done if apart else None)
    return Found(stored, kept_since(at, clock.instant(found[0][1], connection)), done)


def oldest(names: Iterable[str]) -> dict[str, datetime]:
    """The slot of the first run of each job: one look into the index per job."""
    connection = connections[alias()]
    wanted = sorted(set(names))
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute(_oldest_sql(connection.vendor), [json.dumps(wanted) if sqlite else wanted])
        found: list[Any] = cursor.fetchall()
    return {name: clock.aware(slot, connection) for name, slot in found if slot is not None}


@cache
def _oldest_sql(vendor: str) -> str:
    named = "(SELECT value AS name FROM json_each(%s)) AS n"
    if vendor == "postgresql":
        named = "unnest(%s::text[]) AS n(name)"
    first = f"SELECT run_date FROM {TABLE} WHERE job_name = n.name ORDER BY run_date LIMIT 1"  # noqa: S608
    return f"SELECT n.name, ({first}) FROM {named}"  # noqa: S608


def come(at: datetime) -> datetime:
    """Just after the newest slot that counts."""
    return at + MOST_TOLERANCE + timedelta.resolution


def read(
    found: Sequence[Any], connection: BaseDatabaseWrapper, done: dict[str, list[Done]] | None = None
) -> dict[str, list[Row]]:
    """What the database has found, the newest first, as rows of each job, the oldest first.

    Args:
        done: where to put those that have succeeded at once.
    """
    rows: dict[str, list[Row]] = defaultdict(list)
    instant = reader(connection)
    for name, _, *plain, slot, began, finished, created in reversed(found):
        if slot is None:
            continue
        run_date = instant(slot)
        if done is not None and plain[0] == State.SUCCEEDED and plain[1] == 1:
            done[name].append(Done(run_date, instant(began) if began else run_date, plain[2]))
            continue
        times = (began and instant(began), finished and instant(finished), created and instant(created))
        rows[name].append(Row._make((*plain, run_date, *times)))
    return rows


def params(
    connection: BaseDatabaseWrapper, names: Sequence[str], bounds: Sequence[Any], each: int
) -> list[Any]:
    """Of `body`."""
    if connection.vendor == "sqlite":  # the bounds stand in the inner and in the outer statement
        return [PRUNED, json.dumps(names), *bounds, each - 1, *bounds]
    return [PRUNED, list(names), *bounds, each]


def kept_since(at: datetime, pruned: datetime | None) -> datetime:
    """Since when all runs are there: neither a clean-up by hand nor the retention has deleted any."""
    kept = at - timedelta(days=conf.config().retention_days)
    return kept if pruned is None else max(kept, pruned)


def reader(connection: BaseDatabaseWrapper) -> Callable[[Any], datetime]:
    """Reads an instant. SQLite returns text, here with its offset: if that is UTC, it is quick to read."""
    if connection.vendor != "sqlite":
        return partial(clock.aware, connection=connection)
    return datetime.fromisoformat if connection.timezone is UTC else partial(_in_zone, connection)


def _in_zone(connection: BaseDatabaseWrapper, text: str) -> datetime:
    """Where the host keeps times in another zone."""
    return clock.aware(text.removesuffix(OFFSET), connection).astimezone(UTC)


# -- the text: names of ours and the clock's function are put into it, nothing else -----------


@cache
def _sql(vendor: str, now: str, *, unsuccessful: bool) -> str:
    chosen = ", ".join(["n.name", "m.pruned", *columns(vendor, now)])
    return f"SELECT {chosen} {body(vendor, has_start=True, unsuccessful=unsuccessful)} {NEWEST_FIRST}"


def columns(vendor: str, now: str) -> list[str]:
    """Of a run, as `read` reads them after the name of its job, and until when runs were deleted."""
    over = f"r.state IN ('claimed', 'running') AND r.lease_expires_at < {now}"
    offset = f" || '{OFFSET}'" if vendor == "sqlite" else ""
    instants = (f"{instant}{offset}" for instant in _INSTANTS)
    return [*(f"r.{name}" for name in _PLAIN), _ERROR, over, *instants]


NEWEST_FIRST = "ORDER BY n.name, r.run_date DESC"


def body(vendor: str, *, has_start: bool, unsuccessful: bool = False) -> str:
    """From where: of each job its newest runs; at least one row of each job."""
    mark = f"(SELECT (SELECT at FROM {_MARKS} WHERE name = %s) AS pruned) AS m"  # noqa: S608
    chosen = "job_name = n.name" + (" AND run_date >= %s" if has_start else "") + " AND run_date < %s"
    if unsuccessful:  # as the condition of the index says it
        chosen += " AND NOT (state = 'succeeded')"
    newest_first = f"FROM {TABLE} WHERE {chosen} ORDER BY run_date DESC"
    if vendor == "sqlite":
        # One lower bound: of two, SQLite would seek by one, and ask the other one for each row.
        oldest = (
            f"COALESCE((SELECT run_date {newest_first} LIMIT 1 OFFSET %s), {'%s' if has_start else repr('')})"
        )
        kind = " AND NOT (r.state = 'succeeded')" if unsuccessful else ""
        return (
            f"FROM {mark} CROSS JOIN (SELECT value AS name FROM json_each(%s)) AS n"  # noqa: S608
            f" LEFT JOIN {TABLE} AS r ON r.job_name = n.name AND r.run_date >= {oldest}"
            f" AND r.run_date < %s{kind}"
        )
    return (
        f"FROM {mark} CROSS JOIN unnest(%s::text[]) AS n(name)"
        f" LEFT JOIN LATERAL (SELECT * {newest_first} LIMIT %s) AS r ON true"
    )
