"""The database that stores the runs, and how a statement is committed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    InterfaceError,
    InternalError,
    OperationalError,
    connections,
    router,
    transaction,
)
from django.db.migrations.loader import MigrationLoader
from django.db.models import QuerySet

from jobs_api import clock
from jobs_api.models import JobAttempt, JobRun

ERRORS = (DatabaseError, InterfaceError)
"""Whatever a database raises: Django's InterfaceError is not a DatabaseError."""
AWAY = (OperationalError, InterfaceError, InternalError)
"""What a statement raises where the database is away, locked, or only reads: it may take the next one."""


def alias() -> str:
    """The database for writes; claims and reads use it, too."""
    # Most hosts have no routers. Then skip the router: this is called several times in each trigger.
    return router.db_for_write(JobRun) if router.routers else DEFAULT_DB_ALIAS


def not_migrated() -> str:
    """What to do about missing tables; `migrate` alone leaves a database alone that a router has chosen."""
    using = alias()
    option = "" if using == DEFAULT_DB_ALIAS else f" --database {using}"
    return f"The database is not migrated: run `manage.py migrate{option}`."


def rows() -> QuerySet[JobRun]:
    """All runs, from the database for writes."""
    return JobRun.objects.using(alias())


def now() -> datetime:
    """The database's time; costs one statement."""
    connection, sent_at = connections[alias()], time.monotonic()
    text, params = clock.sql(None, connection)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {text}", params)
        return clock.note_reading(clock.aware(cursor.fetchone()[0], connection), sent_at)


def guess() -> datetime:
    """The database's time, estimated from what this process read last; the first call reads it."""
    return clock.guess() or now()


def superseded(run: JobRun) -> QuerySet[JobAttempt]:
    """The attempts before a run's newest one, oldest first, from the database for writes."""
    return JobAttempt.objects.using(alias()).filter(run_id=run.pk).order_by("attempt")


@contextmanager
def committed() -> Iterator[None]:
    """Let a statement commit immediately; refuse to run it inside a caller's transaction.

    `durable` raises there, except in Django's TestCase, where a savepoint is used instead.
    """
    using = alias()
    if connections[using].in_atomic_block:
        with transaction.atomic(using, durable=True):
            yield
    else:
        yield


SUPPORTED = "Use PostgreSQL or SQLite; a router can give jobs_api its own database."
_migrated: set[str] = set()
"""Databases that are known to be migrated; they stay migrated."""


def unsupported() -> str:
    """Why jobs_api cannot use this kind of database; empty if it can. This needs no connection."""
    vendor = connections[alias()].vendor
    return (
        "" if vendor in clock.NOW_SQL else f"jobs_api does not support the database {vendor!r}. {SUPPORTED}"
    )


def is_migrated() -> bool:
    """Whether the database has our tables.

    Raises:
        DatabaseError: the database does not answer.
    """
    using = alias()
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT 1")
    if using not in _migrated and _has_our_migrations(using):
        _migrated.add(using)
    return using in _migrated


def _has_our_migrations(using: str) -> bool:
    loader = MigrationLoader(connections[using])
    ours = {key for key in loader.disk_migrations or {} if key[0] == "jobs_api"}
    return ours <= set(loader.applied_migrations or {})


def lacks_tables(error: BaseException) -> bool:
    """Whether the error of a statement shows that the database is not migrated; this needs no query."""
    code = getattr(error.__cause__, "sqlstate", None) or getattr(error.__cause__, "pgcode", None)
    return code in ("42P01", "42703") or str(error).startswith(("no such table", "no such column"))
