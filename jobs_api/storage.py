"""Which database holds the runs, and how a statement is committed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, router, transaction
from django.db.models import QuerySet

from jobs_api.models import JobRun


def database() -> str:
    """Claims and reads go to the database that writes go to."""
    return router.db_for_write(JobRun)


def rows() -> QuerySet[JobRun]:
    """All runs, on the database that is written."""
    return JobRun.objects.using(database())


@contextmanager
def committed() -> Iterator[None]:
    """Let a statement commit by itself; refuse to hide it in a caller's transaction.

    `durable` raises there, except within Django's TestCase, where a savepoint has to do.
    """
    using = database()
    if connections[using].in_atomic_block:
        with transaction.atomic(using, durable=True):
            yield
    else:
        yield
