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
    reads_pass: bool
    """Whether it has a write-ahead log: then no reader waits for a writer."""


_settings: WeakKeyDictionary[BaseDatabaseWrapper, LockSettings] = WeakKeyDictionary()


def lock_settings(conn: BaseDatabaseWrapper) -> LockSettings:
    """Read once for each connection."""
    settings, driver = _settings.get(conn), conn.connection
    if settings is None or settings.driver is not driver:
        busy_timeout, journal = (_pragma(driver, name) for name in ("busy_timeout", "journal_mode"))
        settings = _settings[conn] = LockSettings(driver, int(busy_timeout), journal == "wal")
    return settings


def _pragma(driver: Any, name: str) -> Any:
    return driver.execute(f"PRAGMA {name}").fetchone()[0]
