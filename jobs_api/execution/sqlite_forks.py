"""SQLite does not survive a fork: a process forked while SQLite had a file open must not use that file.

SQLite remembers which locks its process holds on a file. A fork copies the memory, but not the locks, and a
connection that is opened in the copy relies on them. Then another process takes itself for the last one and
removes the log that the copy writes to. What the copy commits is lost, and nobody gets an error. So the copy
gets one when it connects.
"""

from __future__ import annotations

import gc
import os
import stat
from contextlib import suppress
from typing import Any
from urllib.parse import unquote, urlsplit

from django.db import NotSupportedError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

File = tuple[int, int]
"""Device and inode."""

REFUSED = (
    "SQLite does not survive a fork: this process was forked while its parent had the file of the database "
    "{!r} open. Close the connections before the fork (django.db.connections.close_all()), or start "
    "processes by 'spawn'. In a server that has other threads, use a background executor."
)

_inherited: set[File] = set()
"""The files that were open when this process was forked."""


def still_open() -> bool:
    """Whether this process has an SQLite file open: in another thread, or by a cursor that is still alive."""
    return not _open_files().isdisjoint(filter(None, map(_file_of, _wrappers())))


def refuse_inherited() -> None:
    """In a forked process: refuse to connect to the SQLite files that its parent had open."""
    if not still_open():
        return
    _inherited.update(_open_files())
    # The connections of the parent's other threads are garbage here. To close one would roll its transaction
    # back in the memory that both processes share.
    gc.freeze()
    for kind in {type(conn) for conn in _wrappers()}:
        _refuse(kind)


def _refuse(kind: Any) -> None:
    connect = kind.get_new_connection
    if hasattr(connect, "refuses"):
        return

    def refusing(self: BaseDatabaseWrapper, conn_params: dict[str, Any]) -> Any:
        if _file(conn_params["database"]) in _inherited:
            raise NotSupportedError(REFUSED.format(self.alias))
        return connect(self, conn_params)

    refusing.refuses = True  # type: ignore[attr-defined]
    kind.get_new_connection = refusing


def _wrappers() -> list[BaseDatabaseWrapper]:
    return [conn for conn in connections.all() if conn.vendor == "sqlite"]


def _file_of(conn: BaseDatabaseWrapper) -> File | None:
    return _file(conn.settings_dict["NAME"])


def _file(database: object) -> File | None:
    """None: it is in memory, or not there."""
    name = str(database)
    with suppress(OSError, ValueError):
        found = os.stat(unquote(urlsplit(name).path) if name.startswith("file:") else name)
        return found.st_dev, found.st_ino
    return None


def _open_files() -> set[File]:
    found = set()
    for name in os.listdir("/dev/fd"):
        with suppress(OSError):  # the folder itself was open
            status = os.fstat(int(name))
            if stat.S_ISREG(status.st_mode):
                found.add((status.st_dev, status.st_ino))
    return found
