"""How long our own statements may wait for the database: `DATABASE_SECONDS` in all, for each request.

    with bounded():            # from here on the clock runs
        ...
        with elsewhere():      # a command, a broker, a caller's body: not our statements, not our time
            ...

Four things bound them, as each sees what the others cannot. PostgreSQL is told a `statement_timeout` in
the same message as the statement, so that nothing is left on the session. SQLite waits for its lock no
longer. The watchdog cuts a connection whose server is frozen or out of reach. A connection is made
in a thread that can be left behind. A command's statements are bounded by none of them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from django.db import InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from jobs_api.conf import config
from jobs_api.database import alias
from jobs_api.database.connecting import Connecting, throw_away
from jobs_api.database.gates import GATES, READS, WRITES, Gate
from jobs_api.database.lock_waits import seen
from jobs_api.database.statement_limits import ask, milliseconds, takes_several
from jobs_api.database.watchdog import shut, watchdog
from jobs_api.models import JobRun

TABLE = JobRun._meta.db_table
WRITING = ("INSERT", "UPDATE", "DELETE", "BEGIN")
"""How statements begin that take a lock; BEGIN is SQLite's, which takes it there."""
DATA = ("SELECT", "INSERT", "UPDATE", "DELETE")
"""How statements begin that may be told a limit; one that ends a failed transaction stands alone."""
LATE = "The database did not answer in time."
REFUSED = "The database has not answered for a while; somebody else is asking whether it does again."

LOOKS: set[str] = set()
"""The statement that every trigger begins with. It waits only for a table that is locked against readers, and
is told a limit only once somebody has waited in vain: to be told takes a third of its own time."""

_here = threading.local()
_host_limits: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
"""The host's own statement_timeout of each PostgreSQL connection, in ms; 0 is none."""


class bounded:
    """Bound what is asked of the database until the end of this block, all together.

    Within another such block for the same database that one's time goes on.

    Args:
        using: another database than ours.
        seconds: if not the setting's.
        gated: refuse at once while the database is known not to answer; for callers who can come back.
        told: tell the server; not where statements are the host's own, or stand in no transaction.
    """

    __slots__ = ("_gated", "_outer", "_seconds", "_section", "_told", "_using")

    def __init__(
        self,
        *,
        using: str | None = None,
        seconds: float | None = None,
        gated: bool = False,
        told: bool = True,
    ) -> None:
        self._using, self._seconds, self._gated, self._told = using, seconds, gated, told
        self._outer: Section | None = None
        self._section: Section | None = None

    def __enter__(self) -> None:
        outer = self._outer = getattr(_here, "section", None)
        using = self._using or alias()
        if outer is not None and outer.conn.alias == using:
            return
        conn = connections[using]
        seconds = config().database_seconds if self._seconds is None else self._seconds
        # In a caller's transaction a limit would outlive our statements.
        told = self._told and conn.vendor == "postgresql" and not conn.in_atomic_block
        self._section = _here.section = Section(conn, seconds, gated=self._gated, told=told)
        self._section.enter()

    def __exit__(self, *error: object) -> None:
        if self._section is not None:
            try:
                self._section.exit()
            finally:
                _here.section = self._outer


class elsewhere:
    """Stop the clock, and bound nothing, while something else than our own statements goes on."""

    __slots__ = ("_section",)

    def __enter__(self) -> None:
        self._section: Section | None = getattr(_here, "section", None)
        if self._section is not None:
            self._section.exit()
            _here.section = None

    def __exit__(self, *error: object) -> None:
        if self._section is not None:
            _here.section = self._section
            self._section.enter()


@contextmanager
def aside() -> Iterator[None]:
    """Give what may fail a fifth of the time, and of the time that is left: what comes after has the rest.

    A connection that was too late here is thrown away here, and made anew by what comes after.
    """
    section: Section | None = getattr(_here, "section", None)
    if section is None or section.late or section.conn.in_atomic_block:
        yield
        return
    began = time.monotonic()
    fifth = max(section.ends - began, 0) / 5
    try:
        with elsewhere(), bounded(using=section.conn.alias, seconds=fifth, told=section.told):
            yield
    finally:
        section.ends -= time.monotonic() - began


@contextmanager
def stopped() -> Iterator[None]:
    """Stop the clock while nothing is asked of the database, such as while a caller sends its body."""
    section: Section | None = getattr(_here, "section", None)
    if section is None:
        yield
        return
    left, section.ends = section.ends - time.monotonic(), float("inf")
    try:
        yield
    finally:
        section.ends = time.monotonic() + left


def afresh() -> None:
    """Let the time begin anew, after one of many things was done; not once it is over."""
    section: Section | None = getattr(_here, "section", None)
    if section is not None and not section.late:
        section.ends = time.monotonic() + section.seconds


def is_over() -> bool:
    """Whether the time of this block is over: whatever is asked now is refused."""
    section: Section | None = getattr(_here, "section", None)
    return section is not None and (section.late or time.monotonic() >= section.ends)


class Section:
    """One thread's time for one database."""

    def __init__(self, conn: BaseDatabaseWrapper, seconds: float, *, gated: bool, told: bool) -> None:
        self.conn, self.seconds, self.gated, self.told = conn, seconds, gated, told
        self.left = seconds
        self.began = self.ends = 0.0
        self.late = False
        self._connect: Any = None
        """What this connection had in the place of `connect`, such as a test's."""
        self._patience: tuple[Any, int] | None = None
        """Of SQLite: the driver's connection and the busy timeout that is set, in ms."""

    # -- the clock ----------------------------------------------------------------------------

    def enter(self) -> None:
        """Let the clock run."""
        self.began = time.monotonic()
        self.ends = self.began + self.left
        self.conn.execute_wrappers.append(self.execute)
        if self.conn.vendor != "sqlite":
            self._connect = self.conn.__dict__.get("connect")
            self.conn.connect = self.connect  # type: ignore[method-assign]
            watchdog.watch(self)

    def exit(self) -> None:
        """Stop the clock, and leave the connection as it was; a late one is thrown away."""
        self.left = self.ends - time.monotonic()
        self.conn.execute_wrappers.remove(self.execute)
        for gate in GATES if self.gated else ():
            gate.leave(self)
        if self.conn.vendor == "sqlite":
            self._restore_patience()
            return
        watchdog.leave(self)
        _put_back(self.conn, "connect", self._connect)
        if self.late:
            throw_away(self.conn)

    def cut(self) -> None:
        """The watchdog's: the time is over, and somebody waits."""
        self.late = True
        shut(self.conn.connection)

    # -- a statement --------------------------------------------------------------------------

    def execute(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        """Django's wrapper of every statement on this connection."""
        verb = sql.lstrip()[:6].upper() if isinstance(sql, str) else ""
        gate = WRITES if verb.startswith(WRITING) else READS
        started = time.monotonic()
        self._admit(gate, self.ends - started)
        try:
            if self.told and verb in DATA and not (sql in LOOKS and gate.is_open):
                answer = self._on_postgresql(execute, sql, params, many, context)
            else:
                if self.conn.vendor == "sqlite" and (gate is WRITES or not seen(self.conn).reads_pass):
                    self._be_patient(self.ends - started)
                answer = execute(sql, params, many, context)
        except (OperationalError, InterfaceError):
            self._note_wait(gate, started)
            raise
        if verb and TABLE in sql:
            gate.passed()
        return answer

    def _admit(self, gate: Gate, left: float) -> None:
        if self.late or left <= 0:
            self.late = True
            raise OperationalError(LATE)
        if self.gated and not gate.admits(self):
            raise OperationalError(REFUSED)

    def _note_wait(self, gate: Gate, since: float) -> None:
        now = time.monotonic()
        self.late = self.late or now >= self.ends - 2 * self._margin()
        if self.late or now - since > config().database_seconds / 5:  # by a limit of the host's, say
            gate.waited_in_vain(since)

    def _margin(self) -> float:
        """How much earlier than the watchdog the server ends a statement: it is better at it."""
        return min(0.5, self.seconds / 10)

    # -- PostgreSQL ---------------------------------------------------------------------------

    def _on_postgresql(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        driver: Any = self.conn.connection
        raw = context["cursor"].cursor
        kind: Any = type(raw)
        limit = max(int((self.ends - time.monotonic() - self._margin()) * 1000), 1)
        if many or not takes_several(kind):
            return self._one_by_one(driver, limit, lambda: execute(sql, params, many, context))
        # One message and one transaction: the limit ends with it, also behind a pooler such as PgBouncer.
        host = _host_limits.get(driver)
        first = ask(limit) if host is None else f"SET LOCAL statement_timeout = {min(host or limit, limit)}"
        answer = execute(f"{first}; {sql}", params, many, context)
        if host is None:
            _host_limits[driver] = milliseconds(raw.fetchone()[0])
        raw.nextset()
        return answer

    def _one_by_one(self, driver: Any, limit: int, execute: Callable[[], Any]) -> Any:
        """Where a message holds one statement, as with server-side binding: in a transaction of its own."""
        with getattr(driver, "transaction", nullcontext)():
            with driver.cursor() as setter:
                setter.execute(ask(limit))
            return execute()

    # -- connecting ---------------------------------------------------------------------------

    def connect(self) -> None:
        """In the place of the connection's own: what the host does to a new one is left as it is."""
        made = self.conn.__dict__.get("get_new_connection")
        make, told = self.conn.get_new_connection, self.told
        self.conn.get_new_connection = partial(self._make, make)  # type: ignore[method-assign]
        self.told = False
        try:
            (self._connect or partial(type(self.conn).connect, self.conn))()
        finally:
            self.told = told
            _put_back(self.conn, "get_new_connection", made)

    def _make(self, make: Callable[[Any], Any], params: Any) -> Any:
        """Connect in a thread that is left behind if it takes too long: names, routes and pools can hang."""
        left = self.ends - time.monotonic()
        if self.late or left <= 0 or (self.gated and not READS.admits(self)):
            raise self._refusal(REFUSED if left > 0 else LATE)
        started = time.monotonic()
        made = Connecting(partial(make, params)).result(left - self._margin())
        if made is None:
            self._note_wait(READS, started)
            raise self._refusal(LATE)
        return made

    def _refusal(self, text: str) -> Exception:
        """The driver's own error, which Django makes its own of."""
        driver: Any = self.conn
        error: Exception = driver.Database.OperationalError(text)
        return error

    # -- SQLite -------------------------------------------------------------------------------

    def _be_patient(self, left: float) -> None:
        """Wait for a lock no longer than there is time; the host's own patience comes back at the end."""
        # In steps: a statement that was sent before need not be prepared again.
        driver, wanted = self.conn.connection, max(int(left * 20) * 50, 50)
        if self._patience is None or self._patience[0] is not driver:
            self._patience = driver, seen(self.conn).patience
        if wanted < self._patience[1] * 0.95:
            driver.execute(f"PRAGMA busy_timeout = {wanted}")
            self._patience = driver, wanted

    def _restore_patience(self) -> None:
        driver, current = self._patience or (None, 0)
        self._patience = None
        if driver is None or self.conn.connection is not driver:
            return
        own = seen(self.conn).patience
        if current != own:
            driver.execute(f"PRAGMA busy_timeout = {own}")


def _put_back(conn: BaseDatabaseWrapper, name: str, before: Any) -> None:
    """Let a method of this connection be again what it was."""
    if before is None:
        conn.__dict__.pop(name, None)
    else:
        conn.__dict__[name] = before
