"""The time that one thread may spend on one database, and the four mechanisms that enforce it.

Each mechanism covers what the others cannot: - PostgreSQL gets a `statement_timeout` in the same message as
the statement, so that the session keeps nothing. - SQLite gets a busy timeout: how long it waits for a lock.
- The watchdog cuts a connection whose server is frozen or out of reach. - A connection is made in a thread
that can be abandoned.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from django.db import InterfaceError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

from jobs_api.conf import config
from jobs_api.database.connecting import Connecting, throw_away
from jobs_api.database.gates import GATES, READS, WRITES, Gate
from jobs_api.database.lock_waits import lock_settings
from jobs_api.database.statement_limits import accepts_several, milliseconds, set_and_report_limit
from jobs_api.database.watchdog import shut, watchdog
from jobs_api.models import JobRun

TABLE = JobRun._meta.db_table
WRITING = ("INSERT", "UPDATE", "DELETE", "BEGIN")
"""How statements begin that take a lock. BEGIN is for SQLite, which takes the lock there."""
DATA = ("SELECT", "INSERT", "UPDATE", "DELETE")
"""How statements begin that can carry a limit. A statement that ends a failed transaction cannot."""
LATE = "The database did not answer in time."
REFUSED = "The database has not answered for a while; another request is testing whether it does again."

UNLIMITED_READS: set[str] = set()
"""The first statement of every trigger. It waits only for a table that is locked against readers. It carries
a limit only while the gate is closed, because setting the limit would cost a third of its own time."""

_host_limits: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
"""The host's own statement_timeout of each PostgreSQL connection, in ms; 0 means no limit."""


class Budget:
    """The time of one thread for one database."""

    def __init__(self, conn: BaseDatabaseWrapper, seconds: float, *, gated: bool, on_server: bool) -> None:
        self.conn, self.seconds, self.gated, self.on_server = conn, seconds, gated, on_server
        self.time_left = seconds
        self.began = self.ends = 0.0
        self.late = False
        self._connect: Any = None
        """A `connect` that was set on this connection object before, such as a test's."""
        self._busy_timeout: tuple[Any, int] | None = None
        """SQLite: the driver's connection and its present busy timeout in ms."""

    # -- the clock ----------------------------------------------------------------------------

    def enter(self) -> None:
        """Start counting the time."""
        self.began = time.monotonic()
        self.ends = self.began + self.time_left
        self.conn.execute_wrappers.append(self.execute)
        if self.conn.vendor != "sqlite":
            self._connect = self.conn.__dict__.get("connect")
            self.conn.connect = self.connect  # type: ignore[method-assign]
            watchdog.watch(self)

    def exit(self) -> None:
        """Stop counting the time and restore the connection; close it if it was too late."""
        self.time_left = self.ends - time.monotonic()
        self.conn.execute_wrappers.remove(self.execute)
        for gate in GATES if self.gated else ():
            gate.leave(self)
        if self.conn.vendor == "sqlite":
            self._restore_lock_wait()
            return
        watchdog.leave(self)
        _put_back(self.conn, "connect", self._connect)
        if self.late:
            throw_away(self.conn)

    def cut(self) -> None:
        """Called by the watchdog: the time is over and a thread still waits."""
        self.late = True
        shut(self.conn.connection)

    # -- a statement --------------------------------------------------------------------------

    def execute(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        """Django calls this wrapper for every statement on this connection."""
        verb = sql.lstrip()[:6].upper() if isinstance(sql, str) else ""
        gate = WRITES if verb.startswith(WRITING) else READS
        started = time.monotonic()
        self._admit(gate, self.ends - started)
        try:
            if self.on_server and verb in DATA and not (sql in UNLIMITED_READS and gate.is_open):
                answer = self._on_postgresql(execute, sql, params, many, context)
            else:
                if self.conn.vendor == "sqlite" and (
                    gate is WRITES or not lock_settings(self.conn).reads_pass
                ):
                    self._limit_lock_wait(self.ends - started)
                answer = execute(sql, params, many, context)
        except (OperationalError, InterfaceError):
            self._note_wait(gate, started)
            raise
        if verb and TABLE in sql:
            gate.passed()
        return answer

    def _admit(self, gate: Gate, time_left: float) -> None:
        if self.late or time_left <= 0:
            self.late = True
            raise OperationalError(LATE)
        if self.gated and not gate.admits(self):
            raise OperationalError(REFUSED)

    def _note_wait(self, gate: Gate, since: float) -> None:
        now = time.monotonic()
        self.late = self.late or now >= self.ends - 2 * self._margin()
        if self.late or now - since > config().database_seconds / 5:  # such as by a limit of the host
            gate.timed_out(since)

    def _margin(self) -> float:
        """How much earlier than the watchdog the server ends a statement: the server does it more cleanly."""
        return min(0.5, self.seconds / 10)

    # -- PostgreSQL ---------------------------------------------------------------------------

    def _on_postgresql(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        driver: Any = self.conn.connection
        raw = context["cursor"].cursor
        kind: Any = type(raw)
        limit = max(int((self.ends - time.monotonic() - self._margin()) * 1000), 1)
        if many or not accepts_several(kind):
            return self._one_by_one(driver, limit, lambda: execute(sql, params, many, context))
        # One message and one transaction: the limit ends with them, also behind a pooler such as PgBouncer.
        host = _host_limits.get(driver)
        first = (
            set_and_report_limit(limit)
            if host is None
            else f"SET LOCAL statement_timeout = {min(host or limit, limit)}"
        )
        answer = execute(f"{first}; {sql}", params, many, context)
        if host is None:
            _host_limits[driver] = milliseconds(raw.fetchone()[0])
        raw.nextset()
        return answer

    def _one_by_one(self, driver: Any, limit: int, execute: Callable[[], Any]) -> Any:
        """For drivers that send one statement per message (server-side binding): use an own transaction."""
        with getattr(driver, "transaction", nullcontext)():
            with driver.cursor() as setter:
                setter.execute(set_and_report_limit(limit))
            return execute()

    # -- connecting ---------------------------------------------------------------------------

    def connect(self) -> None:
        """Replace the connection's own `connect`; what the host does with a new connection still happens."""
        own_method = self.conn.__dict__.get("get_new_connection")
        make, on_server = self.conn.get_new_connection, self.on_server
        self.conn.get_new_connection = partial(self._make, make)  # type: ignore[method-assign]
        self.on_server = False
        try:
            (self._connect or partial(type(self.conn).connect, self.conn))()
        finally:
            self.on_server = on_server
            _put_back(self.conn, "get_new_connection", own_method)

    def _make(self, make: Callable[[Any], Any], params: Any) -> Any:
        """Connect in a thread that is abandoned if it takes too long: DNS, routes and pools can hang."""
        time_left = self.ends - time.monotonic()
        if self.late or time_left <= 0 or (self.gated and not READS.admits(self)):
            raise self._refusal(REFUSED if time_left > 0 else LATE)
        started = time.monotonic()
        connection = Connecting(partial(make, params)).result(time_left - self._margin())
        if connection is None:
            self._note_wait(READS, started)
            raise self._refusal(LATE)
        return connection

    def _refusal(self, text: str) -> Exception:
        """The driver's own error, which Django converts into its own."""
        driver: Any = self.conn
        error: Exception = driver.Database.OperationalError(text)
        return error

    # -- SQLite -------------------------------------------------------------------------------

    def _limit_lock_wait(self, time_left: float) -> None:
        """Set a busy timeout that is within the time left; the host's own is restored at the end."""
        # In steps of 50 ms: then an equal PRAGMA statement need not be prepared again.
        driver, milliseconds_left = self.conn.connection, max(int(time_left * 20) * 50, 50)
        if self._busy_timeout is None or self._busy_timeout[0] is not driver:
            self._busy_timeout = driver, lock_settings(self.conn).busy_timeout
        if milliseconds_left < self._busy_timeout[1] * 0.95:
            driver.execute(f"PRAGMA busy_timeout = {milliseconds_left}")
            self._busy_timeout = driver, milliseconds_left

    def _restore_lock_wait(self) -> None:
        driver, current = self._busy_timeout or (None, 0)
        self._busy_timeout = None
        if driver is None or self.conn.connection is not driver:
            return
        own = lock_settings(self.conn).busy_timeout
        if current != own:
            driver.execute(f"PRAGMA busy_timeout = {own}")


def _put_back(conn: BaseDatabaseWrapper, name: str, before: Any) -> None:
    """Restore a method of this connection object."""
    if before is None:
        conn.__dict__.pop(name, None)
    else:
        conn.__dict__[name] = before
