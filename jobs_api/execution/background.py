"""Background threads, such as the heartbeat's: each exists while it has something to do.

A subclass defines what one turn does, how long the thread sleeps before it, and whether it is needed. The
rest is the same for all: a fork copies neither the thread nor its work, an error is logged once and the turn
is tried again, a thread that hangs is replaced, and no thread keeps a process alive or a database connection
open.
"""

from __future__ import annotations

import os
import threading
import time
from typing import Any
from weakref import WeakSet

from django.db import connections

from jobs_api import threads
from jobs_api.conf import config
from jobs_api.text import loggers

logger = loggers.logger(__name__)

_all: WeakSet[BackgroundThread] = WeakSet()


class BackgroundThread:
    """A thread that sleeps, takes a turn, and sleeps again, until it is no longer needed."""

    name = "jobs_api-background"
    """The thread's name, which a debugger or `py-spy` shows."""
    task = "A background thread"
    """What it does, for the log."""
    real = False
    """Whether it is a thread of the operating system also where threads are greenlets: see `threads`."""
    linger = 0
    """How often it sleeps without being needed before it ends; 0: it ends at once, even while it sleeps."""

    forks_beside = False
    """Whether commands may fork while it sleeps: then it leaves no SQLite file open, see `sqlite_forks`."""

    def __init__(self) -> None:
        _all.add(self)
        self.forget()

    # -- what a subclass defines ------------------------------------------------------------------

    def needed(self) -> bool:
        """Whether there is something to do, now or later; called with the lock held."""
        raise NotImplementedError

    def pause(self) -> float:
        """Seconds until the next turn."""
        raise NotImplementedError

    def urgent(self) -> bool:
        """Whether the next turn is due although the pause is not over; called with the lock held.

        Notify `changed` when it becomes so.
        """
        return False

    def turn(self) -> None:
        """Do it."""
        raise NotImplementedError

    def clear(self) -> None:
        """Drop all work: it belongs to the parent of this forked process."""
        raise NotImplementedError

    # -- what is the same for all -----------------------------------------------------------------

    def forget(self) -> None:
        """Reset, as in a new process: a fork copies neither the thread nor the owner of the lock."""
        # A signal handler may trigger a job while its thread has the lock.
        self.lock: Any = threads.rlock() if self.real else threading.RLock()
        """Hold it to change anything that `needed` reads."""
        self.changed = threads.condition(self.lock) if self.real else threading.Condition(self.lock)
        """Notified when there is nothing left to do."""
        self.thread: threads.Thread | None = None
        self.failing = False
        """Whether the last turn raised."""
        self._pid = os.getpid()
        self._resting = False
        self._busy_since = float("inf")
        self.clear()

    def start(self) -> None:
        """Start the thread if it is not running; called with the lock held, before work is added.

        Raises:
            RuntimeError: the system starts no thread.
        """
        if self._pid != os.getpid():  # a fork that called no hook: uWSGI's
            self.thread, self._pid, self._busy_since = None, os.getpid(), float("inf")
            self.clear()
        if self.thread is None or not self.thread.is_alive() or self._hangs():
            start = threads.start if self.real else threads.start_plain
            self.thread, self._busy_since = start(self._run, self.name), float("inf")

    def rest(self) -> None:
        """End the thread now if it has nothing to do: before a fork there should be no other thread."""
        with self.lock:
            thread = None if self._pid != os.getpid() or self.needed() else self.thread
            if thread is None:
                return
            self._resting = True
            self.changed.notify_all()
        thread.join(timeout=10)
        self._resting = False

    def take_turn(self) -> None:
        """Take one turn; an error is logged, once for as long as it goes on."""
        try:
            self.turn()
        except Exception:  # whatever it is: code that depends on this thread does not see it
            if not self.failing:
                logger.warning("%s failed; it is tried again.", self.task, exc_info=True)
            self.failing = True
            connections.close_all()
        else:
            self.failing = False

    def _hangs(self) -> bool:
        """Whether it waits for a database that never answers: then another thread must replace it."""
        hangs = time.monotonic() - self._busy_since > config().lease_seconds
        if hangs:
            logger.warning("%s takes longer than a lease; another thread replaces it.", self.task)
        return hangs

    def _run(self, me: threads.Thread) -> None:
        idle = 0
        try:
            while self._sleep(me, idle):
                if not self.needed():
                    idle += 1
                    connections.close_all()
                    continue
                idle, self._busy_since = 0, time.monotonic()
                self.take_turn()
                if self.forks_beside:
                    _close_files()
                if self.thread is me:
                    self._busy_since = float("inf")
        finally:
            connections.close_all()

    def _sleep(self, me: threads.Thread, idle: int) -> bool:
        """Sleep until the next turn; False ends the thread."""
        with self.changed:
            self.changed.wait_for(self._may_end_now, timeout=self.pause())
            over = not self.needed() and (self._resting or idle >= self.linger)
            if over and self.thread is me:
                self.thread = None
            return self.thread is me  # otherwise it has nothing to do, or another thread has replaced it

    def _may_end_now(self) -> bool:
        return self.urgent() or (not self.needed() and (self._resting or not self.linger))


def _close_files() -> None:
    """Leave no SQLite file open until the next turn."""
    for conn in connections.all(initialized_only=True):
        if conn.vendor == "sqlite":
            conn.close()


def _forget_all() -> None:
    for thread in list(_all):
        thread.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
