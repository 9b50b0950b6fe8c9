"""One thread per process that cuts connections which get no answer.

A server can end a statement that waits too long, but not if the server itself is frozen or cannot be reached.
Then this thread shuts down the socket, and the thread that is blocked on it gets an error. The watchdog
thread exists while there is something to watch, and for a minute after.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from contextlib import suppress
from typing import Any, Protocol

from jobs_api import threads

TICK = 0.25
LINGER = 60.0
"""The thread ends after this many seconds with nothing to watch."""
ABORT = struct.pack("ii", 1, 0)
"""SO_LINGER: drop unsent data, as it would be delivered much later if the route recovers."""


class Watched(Protocol):
    """An object that waits for the database until `ends` (monotonic clock)."""

    ends: float

    def cut(self) -> None:
        """Called once when the time is over."""


class Watchdog:
    """All waits for the database in this process."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Reset, as in a new process: a fork copies neither the thread nor the waits."""
        self._watched: set[Watched] = set()
        self._lock = threads.lock()
        self._parked = threads.Event()
        self._wake = threads.Event()
        self._thread: threads.Thread | None = None

    def watch(self, waiting: Watched) -> None:
        """Cut it when its time is over. If no thread can be started, only the server's own limits apply."""
        with self._lock:
            self._watched.add(waiting)
            if self._thread is None:
                with suppress(RuntimeError):
                    self._thread = threads.start(self._run, "jobs_api-watchdog")
        if self._parked.is_set():
            self._wake.set()

    def leave(self, waiting: Watched) -> None:
        """Stop watching it: after this call it is not cut."""
        with self._lock:
            self._watched.discard(waiting)

    def rest(self) -> None:
        """End the thread now if it has nothing to watch: before a fork there should be no other thread."""
        thread = self._thread
        if thread is not None and not self._watched:
            with self._lock:
                self._thread = None
            self._wake.set()
            thread.join(timeout=10)

    def _run(self, me: threads.Thread) -> None:
        idle_since = time.monotonic()
        while self._thread in (None, me):  # None: `watch` is about to set it
            now = time.monotonic()
            if self._watched:
                idle_since = now
                self._cut_late(now)
                time.sleep(TICK)
            elif not self._park(me, idle_since + LINGER - now):
                return

    def _park(self, me: threads.Thread, seconds: float) -> bool:
        """Wait until there is something to watch; False ends the thread."""
        self._parked.set()
        try:
            if not self._watched:
                self._wake.wait(max(seconds, 0))
        finally:
            self._parked.clear()
            self._wake.clear()
        with self._lock:
            if self._watched or seconds > 0:
                return self._thread is me
            self._thread = None
            return False

    def _cut_late(self, now: float) -> None:
        for waiting in list(self._watched):
            if now >= waiting.ends:
                with self._lock:
                    if waiting in self._watched and time.monotonic() >= waiting.ends:
                        self._watched.discard(waiting)
                        waiting.cut()


def shut(driver: Any) -> None:
    """Shut down the socket of a driver's connection, in use by another thread or not."""
    with suppress(Exception):  # closed meanwhile, or not a socket: each driver has its own errors
        number = driver.fileno()
        with socket.socket(fileno=os.dup(number)) as copy:
            if (
                driver.closed or driver.fileno() != number
            ):  # closed meanwhile: the number may belong to another file
                return
            copy.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
            copy.shutdown(socket.SHUT_RDWR)


watchdog = Watchdog()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=watchdog.forget)
