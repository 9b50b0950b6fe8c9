"""Connections that foreign code has left in a state in which our next statement would be lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from jobs_api.database import ERRORS
from jobs_api.database.connecting import throw_away
from jobs_api.text import loggers

logger = loggers.logger(__name__)


@contextmanager
def settled() -> Iterator[None]:
    """Renew the connections that this block has left in a transaction; not those that were in one before."""
    before = {conn.alias for conn in connections.all(initialized_only=True) if conn.in_atomic_block}
    try:
        yield
    finally:
        for conn in connections.all(initialized_only=True):
            if conn.alias not in before and conn.connection is not None and is_astray(conn):
                renew(conn)


def is_astray(conn: BaseDatabaseWrapper) -> bool:
    """Whether the connection is in a transaction, would begin one by itself, or is closed.

    A result written there would be rolled back when the connection ends.
    """
    driver: Any = conn.connection
    try:
        if conn.in_atomic_block or conn.autocommit != conn.settings_dict["AUTOCOMMIT"]:
            return True
        if conn.vendor == "sqlite":
            return bool(driver.in_transaction or driver.isolation_level is not None)
        return bool(driver.info.transaction_status or driver.autocommit != conn.autocommit)
    except Exception:  # noqa: BLE001 - sqlite3 raises if it is closed
        return True


def renew(conn: BaseDatabaseWrapper) -> None:
    """Connect again; if that fails, the next statement fails."""
    try:
        if conn.vendor == "postgresql":
            throw_away(conn)  # closing gives it back to a pool, with all that it has
        conn.close()
        with conn.wrap_database_errors:  # it raises the driver's own
            conn.connect()  # also forgets the atomic blocks that were left open
    except ERRORS:
        conn.connection = None  # the closed one; the next statement connects
        logger.warning("The database connection %r could not be renewed yet.", conn.alias, exc_info=True)
