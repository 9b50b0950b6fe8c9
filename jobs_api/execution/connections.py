"""Clean up database connections that a command has used, and close those that are not needed."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from jobs_api.database import ERRORS
from jobs_api.database.bounds import bounded
from jobs_api.database.leftovers import is_astray, renew
from jobs_api.execution import sqlite_forks


@contextmanager
def renewed_after_use() -> Iterator[None]:
    """Renew every connection that this block has used or meddled with; not those in a transaction before it.

    It may have left anything there: a transaction, a role, a search path, a closed socket. The write of the
    result, and the next request in this thread, get a clean connection.
    """
    before = [_State.of(conn) for conn in connections.all()]
    used: set[str] = set()
    for state in before:
        state.note_use(used)
    try:
        yield
    finally:
        for state in before:
            state.put_back()
    kept = {state.conn.alias for state in before if state.in_transaction}
    used |= {state.conn.alias for state in before if state.conn.connection is not state.driver}
    for conn in connections.all(initialized_only=True):  # a command may also have replaced one
        if conn.alias not in kept and conn.connection is not None:
            _settle(conn, used)


FACTORIES = ("cursor_factory", "server_cursor_factory")
"""Of psycopg's own connection: code may take it from Django's, and leave a role or a search path there."""


class _State(NamedTuple):
    """What belongs to the object of a connection in this thread, not to its session on the server."""

    conn: BaseDatabaseWrapper
    driver: Any
    """The connection below it, if there is one."""
    factories: dict[str, Any]
    creator: Any
    """What the host has put in the place of its `create_cursor`, if anything."""
    in_transaction: bool
    wrappers: list[Any]
    debugs: bool
    tenant: Any
    """As django-tenants keeps it."""

    @classmethod
    def of(cls, conn: BaseDatabaseWrapper) -> _State:
        """As it is now."""
        tenant = getattr(conn, "tenant", None), getattr(conn, "include_public_schema", None)
        driver: Any = conn.connection
        found = {name: getattr(driver, name) for name in FACTORIES if hasattr(driver, name)}
        # A pool may hand it to another run, after the command of the first has closed it.
        factories = {name: getattr(make, "notes_for", make) for name, make in found.items()}
        creator = vars(conn).get("create_cursor")
        kept = conn.in_atomic_block, conn.execute_wrappers[:], conn.force_debug_cursor
        return cls(conn, driver, factories, creator, *kept, tenant)

    def note_use(self, used: set[str]) -> None:
        """Note its alias as soon as anything makes a cursor, also past Django."""

        def noting(make: Any) -> Any:
            def made(*args: Any, **kwargs: Any) -> Any:
                used.add(self.conn.alias)
                return make(*args, **kwargs)

            made.notes_for = make  # type: ignore[attr-defined]
            return made

        vars(self.conn)["create_cursor"] = noting(self.conn.create_cursor)
        for name, make in self.factories.items():
            setattr(self.driver, name, noting(make))

    def put_back(self) -> None:
        """As it was, whatever a command has left there."""
        vars(self.conn).pop("create_cursor", None)
        if self.creator is not None:
            vars(self.conn)["create_cursor"] = self.creator
        for name, make in self.factories.items():
            setattr(self.driver, name, make)
        self.conn.execute_wrappers[:] = self.wrappers
        self.conn.force_debug_cursor = self.debugs
        if self.tenant != _State.of(self.conn).tenant:
            self.conn.set_tenant(*self.tenant)  # type: ignore[attr-defined]


def _settle(conn: BaseDatabaseWrapper, used: set[str]) -> None:
    astray = is_astray(conn)
    if not astray and conn.alias not in used:  # the normal case: no statement is needed
        return
    with bounded(using=conn.alias, on_server=False):
        if astray or not _reset_session(conn):
            renew(conn)


def _reset_session(conn: BaseDatabaseWrapper) -> bool:
    """Reset the settings of a working PostgreSQL session: this takes a fortieth of the time of a new one.

    Then it is set up as a new one is, by Django and by the host's receivers.
    """
    if conn.vendor != "postgresql":
        return False
    try:
        with conn.cursor() as cursor:
            cursor.execute("DISCARD ALL")
        if hasattr(conn, "search_path_set_schemas"):  # django-tenants would trust in the path that is gone
            conn.search_path_set_schemas = None
        conn.init_connection_state()
        if getattr(conn, "pool", None):  # Django sets one of a pool up when it is made, and not again
            conn._configure_connection(conn.connection)  # type: ignore[attr-defined]
        connection_created.send(sender=type(conn), connection=conn)
    except ERRORS:
        return False
    return True


def close_idle() -> None:
    """Close this thread's connections before it waits, except one in a transaction, as in a TestCase."""
    for conn in connections.all(initialized_only=True):
        if conn.connection is not None and conn.autocommit:  # in a transaction it is off
            conn.close()


def let_go() -> None:
    """Close all connections before a fork: none may be open in two processes at once."""
    for conn in connections.all(initialized_only=True):
        conn.close()
        if hasattr(conn, "close_pool"):  # PostgreSQL's has threads, too
            conn.close_pool()
    if sqlite_forks.still_open():  # perhaps by a connection of a thread that has ended: nobody closes that
        gc.collect()
