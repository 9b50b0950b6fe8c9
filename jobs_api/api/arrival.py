"""Limit how long a body may take to arrive, and how many may arrive slowly at the same time.

Reading a body blocks inside the server for as long as the sender wants. A sender of one byte now and then is
faster than every timeout between two bytes. So our own thread shuts down the reading side of a connection
whose time is over. The reader then sees the end of the stream, and the server closes the connection after the
answer.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from jobs_api.execution.waiting_limit import room

GRACE = 0.1
"""Most bodies arrive within this many seconds. A slower one needs a place among the waiting requests."""
TICK = 0.05
LINGER = 10
"""How many seconds the thread waits for the next body before it ends."""


def socket_of(environ: Mapping[str, Any]) -> Any:
    """The connection of a request; None if the server does not give it, or if requests share it (HTTP/2)."""
    if not str(environ.get("SERVER_PROTOCOL", "")).startswith("HTTP/1"):
        return None
    return environ.get("gunicorn.socket") or environ.get("werkzeug.socket")


class Arrival:
    """The time limit of one body; a context manager around its reading."""

    def __init__(self, connection: Any, *, seconds: float, places: int) -> None:
        """Start the time.

        Args:
            connection: a socket; if None, the limit applies only when `over` is called between two reads.
            seconds: the limit for the whole body.
            places: how many requests of this process may wait, including this one; 0: the limit is GRACE.
        """
        self.cut = False
        """Whether the time was over before the end of the body."""
        self._connection, self._seconds, self._places = connection, seconds, places
        self._since = time.monotonic()
        self._has_place = False

    def __enter__(self) -> Arrival:
        watcher.watch(self)
        return self

    def __exit__(self, *error: object) -> None:
        watcher.forget_about(self)
        if self._has_place:
            room.leave()

    def over(self) -> bool:
        """Whether the time is over now."""
        watcher.look(self)
        return self.cut

    def look(self) -> None:
        """Check the time; called under the watcher's lock."""
        elapsed = time.monotonic() - self._since
        if elapsed < GRACE or self.cut:
            return
        if elapsed < self._seconds and (self._has_place or room.enter(self._places)):
            self._has_place = True
            return
        self.cut = True
        if self._connection is not None:
            end_reading(self._connection)


def end_reading(connection: Any) -> None:
    """End all reads from the connection, also one that is blocked now; writing still works."""
    try:  # by a second handle, as the TLS socket itself would continue in plain text
        with socket.socket(fileno=os.dup(connection.fileno())) as handle:
            handle.shutdown(socket.SHUT_RD)
    except (OSError, ValueError):
        return  # already closed


class Watcher:
    """All bodies that this process is reading; its thread exists while there are any."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Reset, as in a new process: a fork copies neither the thread nor the owner of the lock."""
        self._arrivals: set[Arrival] = set()
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()

    def watch(self, arrival: Arrival) -> None:
        """Check it regularly from now on."""
        with self._changed:
            self._arrivals.add(arrival)
            self._changed.notify_all()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="jobs_api-arrivals", daemon=True)
                with suppress(RuntimeError):  # if no thread can start, the reader checks by itself
                    self._thread.start()

    def forget_about(self, arrival: Arrival) -> None:
        """Stop checking it: after this call its connection is not touched."""
        with self._changed:
            self._arrivals.discard(arrival)

    def look(self, arrival: Arrival) -> None:
        """Check it now."""
        with self._changed:
            arrival.look()

    def _run(self) -> None:
        while self._awaited():
            time.sleep(TICK)
            with self._changed:
                for arrival in self._arrivals:
                    arrival.look()

    def _awaited(self) -> bool:
        with self._changed:
            if self._changed.wait_for(lambda: self._arrivals, timeout=LINGER):
                return True
            self._thread = None
            return False


watcher = Watcher()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=watcher.forget)
