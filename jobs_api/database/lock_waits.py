"""How the host has set up an SQLite connection: how long it waits for a lock, and whether readers wait."""

from __future__ import annotations

from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.db.backends.base.base import BaseDatabaseWrapper


class LockSettings(NamedTuple):
    """The settings of an SQLite connection when jobs_api used it first."""

    driver: Any
    busy_timeout: int
    """How long it waits for a lock, in ms."""
    journal: str | None
    """``wal``, ``delete``, ...; None while somebody holds the lock that it takes to look."""

    @property
    def reads_pass(self) -> bool:
        """Whether no reader waits for a writer, because there is a write-ahead log."""
        return self.journal == "wal"


_settings: WeakKeyDictionary[BaseDatabaseWrapper, LockSettings] = WeakKeyDictionary()


def lock_settings(conn: BaseDatabaseWrapper) -> LockSettings:
    """Read once for each connection."""
    settings, driver = _settings.get(conn), conn.connection
    if settings is None or settings.driver is not driver:
        settings = LockSettings(driver, int(_pragma(driver, "busy_timeout")), None)
    if settings.journal is None:
        settings = _settings[conn] = settings._replace(journal=_journal(conn))
    return settings


def _journal(conn: Any) -> str | None:
    """Never waits and never raises: the next statement does, and Django converts its error."""
    waits = _pragma(conn.connection, "busy_timeout")
    conn.connection.execute("PRAGMA busy_timeout = 0")
    try:
        return str(_pragma(conn.connection, "journal_mode"))
    except conn.Database.Error:  # locked, or not a database
        return None
    finally:
        conn.connection.execute(f"PRAGMA busy_timeout = {waits}")


def _pragma(driver: Any, name: str) -> Any:
    return driver.execute(f"PRAGMA {name}").fetchone()[0]
