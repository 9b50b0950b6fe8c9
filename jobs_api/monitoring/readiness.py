"""Whether the database would take a trigger: asked by monitors, often, and by several at once.

A write is tested and rolled back: it meets the locks, the rights and the room that a claim needs. Whoever
asks while a test goes on, or soon after, gets its verdict: a database that hangs keeps one request, not all.
"""

from __future__ import annotations

import os
import threading
import time

from django.db import DatabaseError, InterfaceError, connections, transaction

from jobs_api import database
from jobs_api.database import NOT_MIGRATED
from jobs_api.database.budget import LATE, TABLE
from jobs_api.models import TriggerCount
from jobs_api.text import loggers

TEST_EVERY = 3.0
"""For so many seconds a verdict holds."""
WAIT = 1.0
"""So many seconds one waits for a test that another request has begun."""
UNREACHABLE = "The database cannot be reached."
READS_ONLY = "The database takes no writes."
FULL = "The database has no room left."
_WAITED = ("57014", "55P03")
"""PostgreSQL's codes of a statement that was ended while it waited, and of a lock that it waited for."""

logger = loggers.logger(__name__)


class Readiness:
    """The newest verdict of this process, and the test that is going on."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Test anew, in a test or after a fork."""
        self._testing = threading.Lock()
        self._verdict = ""
        self._tested_at = float("-inf")

    def fault(self) -> str:
        """What keeps the database from taking a trigger; empty if nothing does."""
        if time.monotonic() - self._tested_at < TEST_EVERY:
            return self._verdict
        if not self._testing.acquire(timeout=WAIT):
            return UNREACHABLE
        try:
            if time.monotonic() - self._tested_at >= TEST_EVERY:  # else another has just done it
                verdict, why = _tested()
                _log(self._verdict, verdict, why)
                self._verdict = verdict
                self._tested_at = time.monotonic()
            return self._verdict
        finally:
            self._testing.release()


def _tested() -> tuple[str, str]:
    """The verdict, and for the log what the database said."""
    try:
        if not database.is_migrated():
            return NOT_MIGRATED, ""
        _try_to_write()
    except (DatabaseError, InterfaceError) as error:
        return _fault(error), str(error)
    return "", ""


def _log(before: str, verdict: str, why: str) -> None:
    """Say it once, however often monitors ask."""
    if verdict and verdict != before:
        logger.warning("This process takes no triggers: %s%s", verdict, f" ({why.strip()})" if why else "")
    elif before and not verdict:
        logger.warning("This process takes triggers again.")


def _fault(error: BaseException) -> str:
    """What an error means to who looks at a monitor; nothing of its text, which may name hosts and users."""
    code, said = getattr(error.__cause__, "sqlstate", None), str(error)
    if code == "25006" or "readonly" in said:
        return READS_ONLY
    if code == "53100" or "is full" in said:
        return FULL
    if code in _WAITED or said == LATE or "is locked" in said:
        return LATE
    return NOT_MIGRATED if database.lacks_tables(error) else UNREACHABLE


def _try_to_write() -> None:
    """Take the locks of a claim without a row, and store a row that is not kept."""
    using = database.alias()
    with transaction.atomic(using):
        with connections[using].cursor() as cursor:
            cursor.execute(f"UPDATE {TABLE} SET attempt = attempt WHERE id = 0")  # noqa: S608 - our own name
        day = database.guess().date()
        TriggerCount(job_name="", day=day, source="ready", outcome="").save(force_insert=True, using=using)
        transaction.set_rollback(True, using)


readiness = Readiness()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=readiness.forget)
