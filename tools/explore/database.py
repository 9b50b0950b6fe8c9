"""One SQLite database in memory behind the connections of all actors; each statement waits for its turn.

A read gives up the turn before it, and so does a write. In a transaction the reads before its first write
are statements like others, as at PostgreSQL's READ COMMITTED; BEGIN is sent with that write, and from
there to COMMIT is one step: whoever else wants the row would wait.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db import connections
from django.db.backends.sqlite3.base import DatabaseWrapper, SQLiteCursorWrapper
from django.db.migrations.executor import MigrationExecutor

ALIAS = "default"
MEMORY = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
ASIDE = ("PRAGMA",)
"""Statements about the connection, not about stored data."""


class Party(Protocol):
    """A sender of statements."""

    def turn(self, doing: str) -> None:
        """Wait until it may continue."""

    def note_read(self, value: object) -> None:
        """Remember a value that it has read."""

    def fault(self) -> bool:
        """Whether the answer to its last write is lost."""


class Store:
    """The database: its tables, its clock and its content at the start."""

    def __init__(self) -> None:
        self.now = datetime(2000, 1, 1)  # noqa: DTZ001 - SQLite has no zones
        raw = _wrapper(DatabaseWrapper)
        with _as_default(raw):
            MigrationExecutor(raw).migrate([("jobs_api", _newest(raw))])
        self.raw: sqlite3.Connection = raw.connection
        self.raw.create_function("strftime", -1, self._strftime)
        self._raw = raw  # it keeps the raw connection alive
        self._empty = self.raw.serialize()

    def save(self) -> bytes:
        """The content of the database."""
        return self.raw.serialize()

    def restore(self, saved: bytes | None = None) -> None:
        """Restore saved content, or that of a new database."""
        self.raw.deserialize(self._empty if saved is None else saved)

    def read(self, sql: str) -> list[tuple[Any, ...]]:
        """Read rows without an actor."""
        return self.raw.execute(sql).fetchall()

    def _strftime(self, form: str, when: str, *changes: str) -> str:
        """Replaces SQLite's own function, which would read the machine's clock."""
        if (form, when.upper()) != ("%Y-%m-%d %H:%M:%f", "NOW"):
            raise ValueError(f"strftime({form!r}, {when!r}) is not supported here.")
        instant = self.now
        for change in changes:
            number, unit = change.split()
            instant += timedelta(**{unit: float(number)})
        return instant.isoformat(" ", "milliseconds")


def _wrapper(kind: type[Any], *args: Any) -> Any:
    settings = {**connections[ALIAS].settings_dict, **MEMORY, "OPTIONS": {}, "AUTOCOMMIT": True}
    return kind(settings, ALIAS, *args)


@contextmanager
def _as_default(connection: DatabaseWrapper) -> Iterator[None]:
    """Some migrations use the default connection."""
    connection.ensure_connection = lambda: None  # type: ignore[method-assign]
    connection.connect()
    before = connections[ALIAS]
    connections[ALIAS] = connection
    try:
        yield
    finally:
        connections[ALIAS] = before


def _newest(connection: DatabaseWrapper) -> str:
    leaves = MigrationExecutor(connection).loader.graph.leaf_nodes("jobs_api")
    return str(leaves[0][1])


class Cursor:
    """A cursor that sends a statement in its party's turn and keeps all rows that it reads."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._raw: Any = connection.connection.cursor(factory=SQLiteCursorWrapper)
        self._rows: list[Any] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def execute(self, sql: str, params: Any = None) -> Cursor:
        """Execute one statement."""
        return self._send(sql, lambda: self._raw.execute(sql, params), params)

    def executemany(self, sql: str, params: Any) -> Cursor:
        """Execute one statement for many rows."""
        return self._send(sql, lambda: self._raw.executemany(sql, params), "many")

    def _send(self, sql: str, send: Any, params: Any) -> Cursor:
        verb = sql.split(None, 1)[0].upper()
        if verb in ASIDE:
            send()
            return self
        self._connection.before(verb, sql)
        try:
            send()
            self._rows = self._raw.fetchall() if self._raw.description else []
        except sqlite3.Error as error:
            self._connection.party.note_read(f"{type(error).__name__}: {error}")
            raise
        self._connection.after(verb, (tuple(self._rows), self._raw.rowcount, self._raw.lastrowid))
        return self

    def fetchone(self) -> Any:
        """The next row."""
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int = 1) -> list[Any]:
        """The next rows."""
        page, self._rows = self._rows[:size], self._rows[size:]
        return page

    def fetchall(self) -> list[Any]:
        """All other rows."""
        return self.fetchmany(len(self._rows))

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fetchall())

    def close(self) -> None:
        """Do nothing: it holds no resources."""


class Connection(DatabaseWrapper):
    """The connection of one party."""

    party: Party

    def __init__(self, settings: dict[str, Any], alias: str, store: Store) -> None:
        super().__init__(settings, alias)
        self.connection = store.raw
        self._waiting: list[str] = []
        """Savepoints made before the first write."""
        self.renew()

    def renew(self) -> None:
        """Reset it to the state of a new connection."""
        self.autocommit, self.in_atomic_block, self.needs_rollback = True, False, False
        self.commit_on_exit, self._begun = True, False
        for kept in (
            self.savepoint_ids,
            self.atomic_blocks,
            self.run_on_commit,
            self.execute_wrappers,
            self._waiting,
        ):
            kept.clear()

    def before(self, verb: str, sql: str) -> None:
        """Wait for the turn; begin a transaction with its first write."""
        if self._begun:
            return
        self.party.turn(sql)
        if self.in_atomic_block and verb != "SELECT":
            self._begun = True
            for begin in ("BEGIN", *map(self.ops.savepoint_create_sql, self._waiting)):
                self.connection.execute(begin)
            self._waiting.clear()

    def after(self, verb: str, value: object) -> None:
        """Give the party the value that it has read; the answer may be lost."""
        self.party.note_read(value)
        if verb != "SELECT" and not self.in_atomic_block and self.party.fault():
            raise sqlite3.OperationalError("The answer was lost.")

    def ensure_connection(self) -> None:
        """It is there."""

    def connect(self) -> None:
        """It is there."""

    def close(self) -> None:
        """Do nothing: it stays open."""

    def create_cursor(self, name: object = None) -> Any:
        """A cursor that waits for its turn."""
        return Cursor(self)

    def _start_transaction_under_autocommit(self) -> None:
        self._begun = False
        self._waiting.clear()

    def _set_autocommit(self, autocommit: bool) -> None:
        pass

    def _savepoint(self, sid: str) -> None:
        if self._begun:
            self.connection.execute(self.ops.savepoint_create_sql(sid))
        else:
            self._waiting.append(sid)

    def _savepoint_commit(self, sid: str) -> None:
        self._leave(sid, self.ops.savepoint_commit_sql(sid))

    def _savepoint_rollback(self, sid: str) -> None:
        self._leave(sid, self.ops.savepoint_rollback_sql(sid))

    def _leave(self, sid: str, sql: str) -> None:
        if sid in self._waiting:
            self._waiting.remove(sid)
        else:
            self.connection.execute(sql)

    def _commit(self) -> None:
        if self._end("COMMIT") and self.party.fault():
            with self.wrap_database_errors:
                raise sqlite3.OperationalError("The answer was lost.")

    def _rollback(self) -> None:
        self._end("ROLLBACK")

    def _end(self, how: str) -> bool:
        begun, self._begun = self._begun, False
        if begun:
            self.connection.execute(how)
        return begun


def connect(store: Store, party: Any) -> Connection:
    """Create a connection for that party in this thread."""
    connections[ALIAS] = connection = _wrapper(Connection, store)
    connection.party = party
    return connection  # type: ignore[no-any-return]
