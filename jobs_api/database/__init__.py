"""Which database holds the runs, and how a statement is committed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import DEFAULT_DB_ALIAS, connections, router, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models import QuerySet

from jobs_api import clock
from jobs_api.models import JobAttempt, JobRun


def alias() -> str:
    """Claims and reads go to the database that writes go to."""
    # Most hosts have no routers: then there is nobody to ask, several times in each trigger.
    return router.db_for_write(JobRun) if router.routers else DEFAULT_DB_ALIAS


def rows() -> QuerySet[JobRun]:
    """All runs, on the database that is written."""
    return JobRun.objects.using(alias())


def now() -> datetime:
    """The database's time: one statement."""
    using, asked = alias(), time.monotonic()
    text, params = clock.sql(None, using)
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT {text}", params)
        return clock.hear(clock.told(cursor.fetchone()[0], using), asked)


def guess() -> datetime:
    """The database's time as this process has last heard it; a process that never has asks."""
    return clock.guess() or now()


def superseded(run: JobRun) -> QuerySet[JobAttempt]:
    """The attempts before a run's newest one, oldest first, on the database that is written."""
    return JobAttempt.objects.using(alias()).filter(run_id=run.pk).order_by("attempt")


@contextmanager
def committed() -> Iterator[None]:
    """Let a statement commit by itself; refuse to hide it in a caller's transaction.

    `durable` raises there, except within Django's TestCase, where a savepoint has to do.
    """
    using = alias()
    if connections[using].in_atomic_block:
        with transaction.atomic(using, durable=True):
            yield
    else:
        yield


NOT_MIGRATED = "The database is not migrated: run `manage.py migrate`."
_migrated: set[str] = set()
"""Databases that were seen migrated; they stay so."""


def is_migrated() -> bool:
    """Whether the database answers and has our tables.

    Raises:
        DatabaseError: it does not answer.
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
    """Whether a statement failed because nobody has migrated: by what it says, the database is not asked."""
    code = getattr(error.__cause__, "sqlstate", None) or getattr(error.__cause__, "pgcode", None)
    return code in ("42P01", "42703") or str(error).startswith(("no such table", "no such column"))
