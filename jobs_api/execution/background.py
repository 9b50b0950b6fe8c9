"""Threads of our own, such as the heartbeat's: each is there while there is something to do.

A subclass says what one turn does, how long the thread sleeps before it, and whether it is needed. The rest
is the same for all: a fork copies neither the thread nor its work, an error is logged once and tried again,
a thread that hangs is replaced, and none keeps a process from ending or a database connection open.
"""

from __future__ import annotations

import os
import threading
import time
from weakref import WeakSet

from django.db import connections

from jobs_api.conf import config
from jobs_api.text import loggers

logger = loggers.logger(__name__)

_all: WeakSet[BackgroundThread] = WeakSet()


class BackgroundThread:
    """A thread that sleeps, takes a turn, and sleeps again, until it is not needed any more."""

    name = "jobs_api-background"
    """Of the thread, as a debugger or `py-spy` shows it."""
    task = "A background thread"
    """What it does, for the log."""
    linger = 0
    """How often it sleeps without being needed before it ends; 0: it ends at once, even while it sleeps."""

    def __init__(self) -> None:
        _all.add(self)
        self.forget()

    # -- what a subclass says ---------------------------------------------------------------------

    def needed(self) -> bool:
        """Whether there is something to do, now or later; called with the lock held."""
        raise NotImplementedError

    def pause(self) -> float:
        """Seconds until the next turn."""
        raise NotImplementedError

    def turn(self) -> None:
        """Do it."""
        raise NotImplementedError

    def clear(self) -> None:
        """Drop all work: it is that of the process that has forked this one."""
        raise NotImplementedError

    # -- what is the same for all -----------------------------------------------------------------

    def forget(self) -> None:
        """As in a fresh process: a fork copies neither the thread nor whoever would release the lock."""
        self.lock = threading.Lock()
        """Held by whoever changes what `needed` looks at."""
        self.changed = threading.Condition(self.lock)
        """Notified when there is nothing to do any more."""
        self.thread: threading.Thread | None = None
        self.failing = False
        """Whether the last turn raised."""
        self._pid = os.getpid()
        self._resting = False
        self._busy_since = float("inf")
        self.clear()

    def start(self) -> None:
        """See to it that the thread is there; called with the lock held, before there is something to do.

        Raises:
            RuntimeError: the system gives no thread.
        """
        if self._pid != os.getpid():  # a fork that called no hook: uWSGI's
            self.thread, self._pid, self._busy_since = None, os.getpid(), float("inf")
            self.clear()
        if self.thread is None or not self.thread.is_alive() or self._hangs():
            thread = threading.Thread(target=self._run, name=self.name, daemon=True)
            thread.start()
            self.thread, self._busy_since = thread, float("inf")

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
        except Exception:  # whatever it is: whoever relies on this thread does not see it
            if not self.failing:
                logger.warning("%s failed; it is tried again.", self.task, exc_info=True)
            self.failing = True
            connections.close_all()
        else:
            self.failing = False

    def _hangs(self) -> bool:
        """Whether it waits for a database that never answers: others should not wait with it."""
        hangs = time.monotonic() - self._busy_since > config().lease_seconds
        if hangs:
            logger.warning("%s takes longer than a lease; another thread replaces it.", self.task)
        return hangs

    def _run(self) -> None:
        me, idle = threading.current_thread(), 0
        try:
            while self._sleep(me, idle):
                if not self.needed():
                    idle += 1
                    connections.close_all()
                    continue
                idle, self._busy_since = 0, time.monotonic()
                self.take_turn()
                if self.thread is me:
                    self._busy_since = float("inf")
        finally:
            connections.close_all()

    def _sleep(self, me: threading.Thread, idle: int) -> bool:
        """Sleep until the next turn; False ends the thread."""
        with self.changed:
            self.changed.wait_for(self._may_end_now, timeout=self.pause())
            over = not self.needed() and (self._resting or idle >= self.linger)
            if over and self.thread is me:
                self.thread = None
            return self.thread is me  # else it has nothing to do, or another has taken over

    def _may_end_now(self) -> bool:
        return not self.needed() and (self._resting or not self.linger)


def _forget_all() -> None:
    for thread in list(_all):
        thread.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
