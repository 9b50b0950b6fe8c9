"""The two writes of every trigger as SQL: the ORM takes longer to build them than a database to execute.

Only the state machine uses them. A value is None, a part of a statement, or what its column takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from jobs_api import clock
from jobs_api.conf import config
from jobs_api.database import alias
from jobs_api.models import HELD, JobRun, State
from jobs_api.runs.types import Lease

TABLE = JobRun._meta.db_table
OPTIONS = JobRun._meta.get_field("options")
RUNNING_SQL = f"id = %s AND attempt = %s AND state = '{State.RUNNING.value}'"
HELD_SQL = ", ".join(f"'{state.value}'" for state in HELD)


def insert(values: Mapping[str, Any], *, options: dict[str, Any]) -> int:
    """Insert a run and return its id; columns that are not named get their field's default.

    Raises:
        IntegrityError: a constraint was hit.
    """
    connection = connections[alias()]
    if options:
        values = {**values, "options": OPTIONS.get_db_prep_save(options, connection)}
    texts, params = _rendered(values, connection)
    defaults = _defaults(connection.vendor).items()
    columns = texts | {column: text for column, text in defaults if column not in texts}
    # Put into the text are names of our columns and empty values, nothing else.
    sql = f"INSERT INTO {TABLE} ({', '.join(columns)}) VALUES ({', '.join(columns.values())})"  # noqa: S608
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":  # knows no RETURNING before 3.35
            cursor.execute(sql, params)
            return int(cursor.lastrowid)
        cursor.execute(f"{sql} RETURNING id", params)
        return int(cursor.fetchone()[0])


def update_held(lease: Lease, values: Mapping[str, Any], *, unless_cancelled: bool = False) -> int:
    """Update the run while this lease stands; returns how many rows that were: one or none.

    Args:
        unless_cancelled: only if no cancel was requested.
    """
    connection = connections[alias()]
    texts, params = _rendered(values, connection)
    changes = ", ".join(f"{column} = {text}" for column, text in texts.items())
    sql = f"UPDATE {TABLE} SET {changes} WHERE id = %s AND attempt = %s AND state IN ({HELD_SQL})"  # noqa: S608
    if unless_cancelled:
        sql += " AND cancel_requested_at IS NULL"
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, lease.run_id, lease.attempt])
        return int(cursor.rowcount)


def renew(connection: BaseDatabaseWrapper, lease: Lease) -> int:
    """Renew a running lease by this connection; returns how many rows still belonged to it: one or none."""
    until = clock.sql_after(None, timedelta(seconds=config().lease_seconds), connection)
    sql = f"UPDATE {TABLE} SET lease_expires_at = {until.text} WHERE {RUNNING_SQL}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [*until.params, lease.run_id, lease.attempt])
        return int(cursor.rowcount)


def stands(connection: BaseDatabaseWrapper, lease: Lease) -> bool:
    """Whether a running lease still stands, read by this connection."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {TABLE} WHERE {RUNNING_SQL}", [lease.run_id, lease.attempt])  # noqa: S608
        return cursor.fetchone() is not None


def _rendered(values: Mapping[str, Any], connection: BaseDatabaseWrapper) -> tuple[dict[str, str], list[Any]]:
    """The text of each value, and the parameters of all; what is empty needs none."""
    adapted = connection.ops.adapt_datetimefield_value
    texts: dict[str, str] = {}
    params: list[Any] = []
    for column, value in values.items():
        if value is None or value == "":
            texts[column] = "NULL" if value is None else "''"
        elif isinstance(value, clock.Sql):
            texts[column] = value.text
            params += value.params
        else:
            texts[column] = "%s"
            params.append(adapted(value) if isinstance(value, datetime) else value)
    return texts, params


@cache
def _defaults(vendor: str) -> dict[str, str]:
    """What the columns of a new run begin with, where that is not NULL: no column can be forgotten."""
    empty: dict[Any, str] = {"": "''", b"": "x''" if vendor == "sqlite" else "''", dict: "'{}'"}
    fields = [field for field in JobRun._meta.concrete_fields if field.has_default()]
    return {field.attname: empty.get(field.default, str(field.default)) for field in fields}
