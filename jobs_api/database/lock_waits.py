"""What an SQLite connection of the host is like: how long it waits for a lock, and who waits for whom."""

from __future__ import annotations

from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.db.backends.base.base import BaseDatabaseWrapper


class File(NamedTuple):
    """What an SQLite connection was like when it was seen first."""

    driver: Any
    patience: int
    """How long the host lets it wait for a lock, in ms."""
    reads_pass: bool
    """It has a write-ahead log: no reader waits for a writer."""


_files: WeakKeyDictionary[BaseDatabaseWrapper, File] = WeakKeyDictionary()


def seen(conn: BaseDatabaseWrapper) -> File:
    """Asked once for each connection."""
    known, driver = _files.get(conn), conn.connection
    if known is None or known.driver is not driver:
        patience, journal = (_pragma(driver, name) for name in ("busy_timeout", "journal_mode"))
        known = _files[conn] = File(driver, int(patience), journal == "wal")
    return known


def _pragma(driver: Any, name: str) -> Any:
    return driver.execute(f"PRAGMA {name}").fetchone()[0]
