"""The newest runs of many jobs: of most of them, those that went well, only their slots are read.

A page shows fifty runs of each of a hundred jobs. To read each as a row takes longer than all the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from jobs_api import clock
from jobs_api.database import alias
from jobs_api.history import rows
from jobs_api.history.rows import Found


class Newest(NamedTuple):
    """The newest runs of some jobs."""

    others: Found
    """Those that did not simply go well."""
    well: Mapping[str, tuple[datetime, ...]]
    """Of each job the slots, oldest first, of the runs that have succeeded at once, and began in time; where
    briefness is wanted."""


def newest(
    names: Iterable[str], *, at: datetime, each: int, brief: bool, now: datetime | None = None
) -> Newest:
    """The newest runs of each job; what is stored ahead of the clock does not count. One statement.

    Args:
        each: so many of each job.
        brief: whether the slots of those that went well are enough.
        now: for tests; None is the database's clock.
    """
    wanted, connection = sorted(set(names)), connections[alias()]
    if not wanted:
        return Newest(Found({}, rows.kept_since(at, None)), {})
    text, given = clock.sql(now, connection)
    bound = clock.parameter(rows.come(at), connection)
    with connection.cursor() as cursor:
        params = rows.params(connection, wanted, [bound], each)
        cursor.execute(_sql(connection.vendor, text, brief=brief), [*params, *given])
        found: list[Any] = cursor.fetchall()
    others = [row[:-1] for row in found if row[-1] is None]
    well = {row[0]: _slots(row[-1], connection) for row in found if row[-1] is not None}
    pruned = clock.instant(found[0][1], connection)
    return Newest(Found(rows.read(others, connection), rows.kept_since(at, pruned)), well)


def _slots(found: Any, connection: BaseDatabaseWrapper) -> tuple[datetime, ...]:
    if isinstance(found, str):
        return _read(found, connection.alias)
    return tuple(sorted(clock.aware(slot, connection) for slot in found))


@lru_cache(maxsize=512)
def _read(text: str, name: str) -> tuple[datetime, ...]:
    """Of SQLite. Remembered: of jobs that are due at the same times it is the same text."""
    reader = rows.reader(connections[name])
    return tuple(sorted(map(reader, text.split(","))))


@cache
def _sql(vendor: str, now: str, *, brief: bool) -> str:
    """Most runs begin in the minute of their slot, and then they are not late."""
    began = "COALESCE(r.started_at, r.claimed_at)"
    if vendor == "sqlite":
        in_time = f"SUBSTR({began}, 1, 16) <= SUBSTR(r.run_date, 1, 16)"
        together = f"GROUP_CONCAT(slot || '{rows.OFFSET}')"
    else:
        in_time = f"{began} <= r.run_date + INTERVAL '1 minute'"
        together = "ARRAY_AGG(slot)"
    well = f"r.state = 'succeeded' AND r.attempt = 1 AND {in_time}"
    chosen = f"({well})" if brief else "FALSE"
    columns = rows.columns(vendor, now)
    empty = ", ".join(["NULL"] * len(columns))
    body = rows.body(vendor, has_start=False)
    return (
        f"WITH found AS (SELECT n.name AS name, m.pruned AS pruned, r.id AS id, r.run_date AS slot,"  # noqa: S608
        f" {chosen} AS well {body})"
        f" SELECT f.name, f.pruned, {', '.join(columns)}, NULL AS together FROM found AS f"
        f" LEFT JOIN {rows.TABLE} AS r ON r.id = f.id WHERE f.well IS NOT TRUE"
        f" UNION ALL SELECT name, pruned, {empty}, {together} FROM found WHERE well GROUP BY name, pruned"
    )
