"""Databases that hang: locked by another session, frozen, or at the end of a route that is cut off."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.db import connection

from jobs_api.execution import background
from jobs_api.models import JobRun
from tests.jobs_api.execution.draining.server import eventually

TABLE = JobRun._meta.db_table


@contextmanager
def another_session() -> Iterator[Callable[[str], Any]]:
    """``execute(sql)`` in a session of somebody else, without Django."""
    if connection.vendor == "sqlite":
        session: Any = sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None, timeout=5)
    else:
        params = {**connection.get_connection_params(), "cursor_factory": None}
        params.pop("context")
        session = connection.Database.connect(**params, autocommit=True)
    try:
        yield session.execute
    finally:
        session.close()  # ends its transaction


@contextmanager
def locked() -> Iterator[None]:
    """Somebody holds a lock that no statement on the runs passes; on SQLite no write."""
    with another_session() as execute:
        execute("BEGIN EXCLUSIVE" if connection.vendor == "sqlite" else "BEGIN")
        if connection.vendor == "postgresql":
            execute(f"LOCK TABLE {TABLE} IN ACCESS EXCLUSIVE MODE")
        yield


def _leave_the_log() -> bool:
    gc.collect()  # closes the connections of threads that have ended
    with another_session() as execute:
        try:
            execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError:
            return False
    return True


@contextmanager
def locked_without_a_log() -> Iterator[None]:
    """SQLite as Django sets it up: there is no write-ahead log, so a writer locks readers out, too."""
    options = connection.settings_dict["OPTIONS"]
    before, options["init_command"] = options["init_command"], ""
    connection.close()
    try:
        for thread in list(background._all):
            thread.clear()  # what an earlier test has left to do may be due in a day
            thread.rest()
        eventually(_leave_the_log, 60)  # one that has something to do has the file open until its next turn
        with locked():
            yield
    finally:
        options["init_command"] = before
        connection.close()


@contextmanager
def locked_for_writes() -> Iterator[None]:
    """Readers pass, writers wait."""
    with another_session() as execute:
        execute("BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "BEGIN")
        if connection.vendor == "postgresql":
            execute(f"LOCK TABLE {TABLE} IN EXCLUSIVE MODE")
        yield


@contextmanager
def frozen() -> Iterator[None]:
    """The server's process behind this thread's connection is stopped, as on a host that swaps."""
    connection.ensure_connection()
    assert connection.connection is not None
    pid = connection.connection.info.backend_pid
    try:
        os.kill(pid, signal.SIGSTOP)
    except (PermissionError, ProcessLookupError):
        pytest.skip("needs a PostgreSQL on this host")
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def cut_off() -> Iterator[None]:
    """The route of an open connection passes nothing on any more."""
    with routed() as route:
        connection.ensure_connection()
        route.cut()
        yield


@contextmanager
def unreachable() -> Iterator[None]:
    """A new connection is taken, and nobody answers."""
    with routed() as route:
        route.cut()
        yield


@contextmanager
def routed() -> Iterator[Route]:
    """This thread's connection goes through a route that a test can cut off."""
    before, params = dict(connection.settings_dict), connection.get_connection_params()
    if not str(params.get("host")).startswith("/"):
        pytest.skip("needs a PostgreSQL on this host")
    connection.close()
    with Route(f"{params['host']}/.s.PGSQL.{params.get('port') or 5432}") as route:
        connection.settings_dict.update(HOST="127.0.0.1", PORT=str(route.port))
        try:
            yield route
        finally:
            connection.settings_dict.update(before)
            connection.close()


class Route:
    """A port that hands everything on to a socket, until it is cut."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._open = threading.Event()
        self._open.set()
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.swallow_after = b""
        """Once a client has sent this nothing comes back on its connection any more."""
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Route:
        return self

    def __exit__(self, *error: object) -> None:
        for end in (self._listener, *self._sockets):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._open.set()

    def cut(self) -> None:
        """Hand nothing on any more, and say nothing of it."""
        self._open.clear()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(self._target)
                self._sockets += [near, far]
                silent = threading.Event()
                threading.Thread(target=self._forth, args=[near, far, silent], daemon=True).start()
                threading.Thread(target=self._back, args=[far, near, silent], daemon=True).start()

    def _forth(self, near: socket.socket, far: socket.socket, silent: threading.Event) -> None:
        with suppress(OSError):
            while data := near.recv(65536):
                self._open.wait(60)
                if self.swallow_after and self.swallow_after in data:
                    self.swallow_after = b""
                    silent.set()
                far.sendall(data)
            far.shutdown(socket.SHUT_WR)

    def _back(self, far: socket.socket, near: socket.socket, silent: threading.Event) -> None:
        with suppress(OSError):
            while data := far.recv(65536):
                self._open.wait(60)
                if not silent.is_set():
                    near.sendall(data)
