"""A body on its way: how long it may take, and that few may take long at once.

What reads a body blocks inside the server, for as long as the sender likes: one who sends a byte now and
then outlasts every time-out between two of them. So a thread of ours ends the reading side of a connection
whose time is over. Its reader then finds the end of the stream, and the server closes after the answer.
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
"""Seconds within which most bodies are there; one that takes longer needs a place among those who wait."""
TICK = 0.05
LINGER = 10
"""Seconds that the thread stays for the next body."""


def socket_of(environ: Mapping[str, Any]) -> Any:
    """The connection that a body comes on, where the server tells; None else, or where others share it."""
    if not str(environ.get("SERVER_PROTOCOL", "")).startswith("HTTP/1"):
        return None
    return environ.get("gunicorn.socket") or environ.get("werkzeug.socket")


class Arrival:
    """The time that one body has; a context in which it is read."""

    def __init__(self, connection: Any, *, seconds: float, places: int) -> None:
        """Begin.

        Args:
            connection: a socket, or None: then only `over`, asked between two reads, bounds it.
            seconds: for the whole body.
            places: how many of this process may wait for others, this one included; 0: not beyond GRACE.
        """
        self.cut = False
        """Whether its time was over."""
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
        """Look at the clock; whether its time is over."""
        watcher.look(self)
        return self.cut

    def look(self) -> None:
        """For the watcher, which looks at one at a time."""
        taken = time.monotonic() - self._since
        if taken < GRACE or self.cut:
            return
        if taken < self._seconds and (self._has_place or room.enter(self._places)):
            self._has_place = True
            return
        self.cut = True
        if self._connection is not None:
            end_reading(self._connection)


def end_reading(connection: Any) -> None:
    """Let reads from it end, also one that waits now; what is written to it still goes out."""
    try:  # by another handle on the same connection: that of TLS would answer in plain text
        with socket.socket(fileno=os.dup(connection.fileno())) as handle:
            handle.shutdown(socket.SHUT_RD)
    except (OSError, ValueError):
        return  # it is closed already


class Watcher:
    """All bodies that are read in this process; its thread is there while there are any."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """As in a fresh process: a fork copies neither the thread nor who would release the lock."""
        self._arrivals: set[Arrival] = set()
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()

    def watch(self, arrival: Arrival) -> None:
        """Look at it from now on."""
        with self._changed:
            self._arrivals.add(arrival)
            self._changed.notify_all()
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="jobs_api-arrivals", daemon=True)
                with suppress(RuntimeError):  # where no thread can start, its reader looks by itself
                    self._thread.start()

    def forget_about(self, arrival: Arrival) -> None:
        """From here on its connection is not touched."""
        with self._changed:
            self._arrivals.discard(arrival)

    def look(self, arrival: Arrival) -> None:
        """Look at it now."""
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
