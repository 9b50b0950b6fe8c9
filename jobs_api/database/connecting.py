"""Open a database connection in a thread that can be abandoned; close a connection for good."""

from __future__ import annotations

import selectors
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from jobs_api.database import ERRORS


class Connecting:
    """A connection that is being opened in a thread of its own."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._made: Any = None
        self._error: BaseException | None = None
        self._abandoned = False
        run = copy_context().run
        thread = threading.Thread(target=run, args=[self._run], name="jobs_api-connecting", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no thread can be started: connect here
            self._run()

    def _run(self) -> None:
        made = None
        try:
            made = self._connect()
        except BaseException as error:  # noqa: BLE001 - raised again in the waiting thread
            self._error = error
        with self._lock:
            self._made = made
            self._done.set()
        if self._abandoned and made is not None:
            _close_late(made)

    def result(self, seconds: float) -> Any:
        """The connection; None if it took longer. Raises the error of the attempt to connect."""
        self._done.wait(max(seconds, 0.01))
        with self._lock:
            self._abandoned = not self._done.is_set()
        if self._error is not None:
            raise self._error
        return None if self._abandoned else self._made


def _close_late(driver: Any) -> None:
    """Close a connection that was opened too late, and give it back to its pool."""
    driver.close()
    if pool := getattr(driver, "_pool", None):
        pool.putconn(driver)


def drop_if_dead(conn: BaseDatabaseWrapper) -> None:
    """Let go of an idle connection that its server has closed: no request's end does it in other threads.

    A statement is sent only where an idle connection has something to read, which is most often its end.
    """
    driver: Any = conn.connection
    if driver is None or conn.in_atomic_block:
        return
    if (conn.errors_occurred or _has_news(driver)) and not conn.is_usable():
        throw_away(conn)


def _has_news(driver: Any) -> bool:
    """Whether the server has sent something that nobody asked for; False where there is no server."""
    if not hasattr(driver, "fileno"):
        return False
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(driver.fileno(), selectors.EVENT_READ)
            return bool(selector.select(0))
    except Exception:  # noqa: BLE001 - closed already: each driver has errors of its own
        return True


def throw_away(conn: BaseDatabaseWrapper) -> None:
    """Close a connection for good: a pool that gets it back sees that it is closed and opens another."""
    driver: Any = conn.connection
    if driver is None:
        return
    with suppress(
        Exception
    ):  # the driver's own errors: a connection that cannot be closed is not used again either
        driver.close()
    with suppress(*ERRORS):
        conn.close()
