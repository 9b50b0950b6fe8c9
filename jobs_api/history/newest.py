"""The newest runs of many jobs: of most of them, those that went well, only their slots are read.

A page shows fifty runs of each of a hundred jobs. To read each as a row takes longer than all the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

from django.db import connections

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
    well = {row[0]: _slots(row[-1], connection.alias) for row in found if row[-1] is not None}
    pruned = clock.instant(found[0][1], connection)
    return Newest(Found(rows.read(others, connection), rows.kept_since(at, pruned)), well)


@lru_cache(maxsize=512)
def _slots(text: str, name: str) -> tuple[datetime, ...]:
    """Of a text with instants. Remembered: of jobs that are due at the same times it is the same text."""
    connection = connections[name]
    if connection.vendor == "sqlite":
        return tuple(sorted(map(rows.reader(connection), text.split(","))))
    return tuple(sorted(datetime.fromisoformat(each).astimezone(UTC) for each in json.loads(text)))


@cache
def _sql(vendor: str, now: str, *, brief: bool) -> str:
    """Most runs begin in the minute of their slot, and then they are not late.

    PostgreSQL looks for each of the others by its key, as SQLite does: it guesses that half of the runs are
    such, and would read the whole table for them.
    """
    began = "COALESCE(r.started_at, r.claimed_at)"
    if vendor == "sqlite":
        in_time = f"SUBSTR({began}, 1, 16) <= SUBSTR(r.run_date, 1, 16)"
        together = f"GROUP_CONCAT(slot || '{rows.OFFSET}')"
    else:
        in_time = f"{began} <= r.run_date + INTERVAL '1 minute'"
        together = "CAST(JSON_AGG(slot) AS text)"  # a text is read once for all jobs that have the same
    well = f"r.state = 'succeeded' AND r.attempt = 1 AND {in_time}"
    chosen = f"({well})" if brief else "FALSE"
    columns = rows.columns(vendor, now)
    empty = ", ".join(["NULL"] * len(columns))
    body = rows.body(vendor, has_start=False)
    of_found = f"{rows.TABLE} AS r ON r.id = f.id"
    if vendor == "postgresql":
        of_found = f"LATERAL (SELECT * FROM {rows.TABLE} WHERE id = f.id OFFSET 0) AS r ON true"  # noqa: S608
    return (
        f"WITH found AS (SELECT n.name AS name, m.pruned AS pruned, r.id AS id, r.run_date AS slot,"  # noqa: S608
        f" {chosen} AS well {body})"
        f" SELECT f.name, f.pruned, {', '.join(columns)}, NULL AS together FROM found AS f"
        f" LEFT JOIN {of_found} WHERE f.well IS NOT TRUE"
        f" UNION ALL SELECT name, pruned, {empty}, {together} FROM found WHERE well GROUP BY name, pruned"
    )
