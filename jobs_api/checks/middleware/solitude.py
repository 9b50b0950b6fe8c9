"""Run foreign code in a thread of its own: bounded in time, silent, without writes to a database."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import DatabaseError, InterfaceError, connections

T = TypeVar("T")
LIMIT = 10.0
"""Seconds after which the check stops waiting."""
_alone: ContextVar[bool] = ContextVar("jobs_api_alone", default=False)


class NoWrites(DatabaseError):
    """The check refused a statement that may write."""


def alone(task: Callable[[], T]) -> T:
    """Run it in a thread of its own, which is abandoned after LIMIT.

    What it leaves in its thread, such as a language, a tenant or a transaction, is gone with the thread.

    Raises:
        TimeoutError: it takes longer.
    """
    results: list[T] = []
    errors: list[Exception] = []

    def run() -> None:
        _alone.set(True)
        try:
            with _reading_only():
                results.append(task())
        except Exception as error:  # noqa: BLE001 - raised again in the waiting thread
            errors.append(error)

    thread = threading.Thread(target=run, name="jobs_api-middleware-check", daemon=True)
    with _silence(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        thread.start()
        wait_for(thread)
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError
    return results[0]


def wait_for(thread: threading.Thread) -> None:
    """Wait for its end, for as long as the check may take."""
    thread.join(LIMIT)


def is_of_a_database(error: BaseException | None) -> bool:
    """Whether an error came from a database: it is away, it has no tables yet, or it may not be written."""
    while error is not None:
        if isinstance(error, DatabaseError | InterfaceError):
            return True
        error = error.__cause__ or error.__context__
    return False


class _Mute(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return not _alone.get()


@contextmanager
def _silence() -> Iterator[None]:
    """Drop what is logged in the thread that is alone, in whatever way."""
    known = [*logging.root.manager.loggerDict.values(), logging.root]
    loggers = [logger for logger in known if isinstance(logger, logging.Logger)]
    muted: list[logging.Filterer] = [
        *loggers,
        *{handler for logger in loggers for handler in logger.handlers},
    ]
    mute = _Mute()
    for each in [*muted, *([logging.lastResort] if logging.lastResort else [])]:
        each.addFilter(mute)
    try:
        yield
    finally:
        for each in [*muted, *([logging.lastResort] if logging.lastResort else [])]:
            each.removeFilter(mute)


@contextmanager
def _reading_only() -> Iterator[None]:
    try:
        with ExitStack() as stack:
            for conn in connections.all():
                stack.enter_context(conn.execute_wrapper(_refuse_writes))
            yield
    finally:
        connections.close_all()


READS = ("select", "with", "set", "show", "begin", "savepoint", "release", "rollback", "commit", "pragma")


def _refuse_writes(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
    """A request that nobody sent must not be stored as one, nor counted."""
    if not str(sql).lstrip("( \n").lower().startswith(READS):
        raise NoWrites("it writes to the database, which a test request must not do")
    return execute(sql, params, many, context)
