"""Test whether the database would accept a trigger. Monitors request this often, and several at once.

The test writes and rolls back: it needs the same locks, rights and space as a claim. A request during a test,
or soon after, gets the verdict of that test: a database that hangs blocks one request, not all.
"""

from __future__ import annotations

import os
import threading
import time

from django.db import connections, transaction

from jobs_api import database
from jobs_api.database import not_migrated
from jobs_api.database.budget import LATE, TABLE
from jobs_api.models import TriggerCount
from jobs_api.text import loggers

TEST_EVERY = 3.0
"""How many seconds a verdict is valid."""
WAIT = 1.0
"""Seconds to wait for a test that another request has begun."""
UNREACHABLE = "The database cannot be reached."
READS_ONLY = "The database accepts no writes."
FULL = "The database has no room left."
_WAITED = ("57014", "55P03")
"""PostgreSQL's codes for a statement or a wait for a lock that took too long."""

logger = loggers.logger(__name__)


class Readiness:
    """The newest verdict of this process, and the test that is under way."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Forget the verdict: in a test, or after a fork."""
        self._testing = threading.Lock()
        self._verdict = ""
        self._tested_at = float("-inf")

    def fault(self) -> str:
        """Why the database would not accept a trigger; empty if it would."""
        if time.monotonic() - self._tested_at < TEST_EVERY:
            return self._verdict
        if not self._testing.acquire(timeout=WAIT):
            return UNREACHABLE
        try:
            if (
                time.monotonic() - self._tested_at >= TEST_EVERY
            ):  # otherwise another request has just tested it
                verdict, why = _tested()
                _log(self._verdict, verdict, why)
                self._verdict = verdict
                self._tested_at = time.monotonic()
            return self._verdict
        finally:
            self._testing.release()


def _tested() -> tuple[str, str]:
    """The verdict, and for the log the message of the database."""
    if reason := database.unsupported():  # nobody can migrate it
        return reason, ""
    try:
        if not database.is_migrated():
            return not_migrated(), ""
        _try_to_write()
    except database.ERRORS as error:
        return _fault(error), str(error)
    return "", ""


def _log(before: str, verdict: str, why: str) -> None:
    """Log a change once, however often monitors call."""
    if verdict and verdict != before:
        logger.warning("This process accepts no triggers: %s%s", verdict, f" ({why.strip()})" if why else "")
    elif before and not verdict:
        logger.warning("This process accepts triggers again.")


def _fault(error: BaseException) -> str:
    """The fault as a monitor may show it: without the error's text, which may name hosts and users."""
    code, message = getattr(error.__cause__, "sqlstate", None), str(error)
    if code == "25006" or "readonly" in message:
        return READS_ONLY
    if code == "53100" or "is full" in message:
        return FULL
    if code in _WAITED or message == LATE or "is locked" in message:
        return LATE
    return not_migrated() if database.lacks_tables(error) else UNREACHABLE


def _try_to_write() -> None:
    """Take the locks of a claim, and store a row; both are rolled back."""
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
