"""One thread per process cuts connections whose answer does not come.

A server can end a statement that waits too long, but not when it is frozen itself or when the route to
it is gone. Then the socket is shut down from here: the thread that is blocked on it gets an error.
The thread is there while there is something to watch, and for a minute after.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from contextlib import suppress
from typing import Any, Protocol

TICK = 0.25
LINGER = 60.0
"""Seconds without anything to watch after which the thread ends."""
ABORT = struct.pack("ii", 1, 0)
"""SO_LINGER: what was not sent yet is dropped, or a route that heals would deliver it much later."""


class Watched(Protocol):
    """Somebody who waits for the database until `ends`, by the monotonic clock."""

    ends: float

    def cut(self) -> None:
        """Called once, when the time is over."""


class Watchdog:
    """All who wait for the database in this process."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """As in a fresh process: a fork copies neither the thread nor those who wait."""
        self._watched: set[Watched] = set()
        self._lock = threading.Lock()
        self._parked = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def watch(self, waiting: Watched) -> None:
        """Cut it when its time is over; where no thread can be started the server's own limits are left."""
        with self._lock:
            self._watched.add(waiting)
            if self._thread is None:
                with suppress(RuntimeError):
                    thread = threading.Thread(target=self._run, name="jobs_api-watchdog", daemon=True)
                    thread.start()
                    self._thread = thread
        if self._parked.is_set():
            self._wake.set()

    def leave(self, waiting: Watched) -> None:
        """Watch it no more: once this has returned it is not cut."""
        with self._lock:
            self._watched.discard(waiting)

    def rest(self) -> None:
        """End the thread now if it has nothing to do: before a fork there should be no other thread."""
        thread = self._thread
        if thread is not None and not self._watched:
            with self._lock:
                self._thread = None
            self._wake.set()
            thread.join(timeout=10)

    def _run(self) -> None:
        idle_since = time.monotonic()
        while self._thread in (None, threading.current_thread()):  # None: `watch` is about to note it
            now = time.monotonic()
            if self._watched:
                idle_since = now
                self._cut_late(now)
                time.sleep(TICK)
            elif not self._park(idle_since + LINGER - now):
                return

    def _park(self, seconds: float) -> bool:
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
                return self._thread is threading.current_thread()
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
    with suppress(Exception):  # closed meanwhile, or not on a socket: each driver has errors of its own
        number = driver.fileno()
        with socket.socket(fileno=os.dup(number)) as copy:
            if driver.closed or driver.fileno() != number:  # closed meanwhile: the number may be another's
                return
            copy.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
            copy.shutdown(socket.SHUT_RDWR)


watchdog = Watchdog()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=watchdog.forget)
