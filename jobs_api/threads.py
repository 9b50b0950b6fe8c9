"""Threads of the operating system, also where a server has replaced Python's threads by greenlets.

A greenlet runs only while the others let it, and a command that computes lets none run. So what renews its
lease must be a real thread. gevent keeps what it has replaced, and its sockets work in any thread: there we
start a real one. eventlet's do not: there `made_of` only tells the checks what to warn of.

What a real thread shares with greenlets needs real locks. Hold one briefly, and never while something waits:
a greenlet that waits for a real lock stops all the others.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol


class Thread(Protocol):
    """The part of `threading.Thread` that is used here."""

    def is_alive(self) -> bool:
        """Whether it has not ended."""

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end."""


def made_of() -> str:
    """What this process's threads are: "threads", or the greenlets of "gevent" or "eventlet"."""
    gevent, eventlet = sys.modules.get("gevent.monkey"), sys.modules.get("eventlet.patcher")
    if gevent is not None and gevent.is_module_patched("threading"):
        return "gevent"
    if eventlet is not None and eventlet.is_monkey_patched("thread"):
        return "eventlet"
    return "threads"


def start(work: Callable[[Thread], None], name: str) -> Thread:
    """Start a real thread that does not keep the process alive; `work` receives it.

    Raises:
        RuntimeError: the system starts no thread.
    """
    if made_of() != "gevent":
        return start_plain(work, name)
    thread = _BesideGreenlets(work)
    thread.start()
    return thread


def start_plain(work: Callable[[Thread], None], name: str) -> Thread:
    """The same, but where threads are greenlets it is one of them.

    Raises:
        RuntimeError: the system starts no thread.
    """
    thread = _Plain(work, name)
    thread.start()
    return thread


def lock() -> Any:
    """A real lock."""
    return _original("allocate_lock")() if made_of() == "gevent" else threading.Lock()


def rlock() -> Any:
    """A real lock that its thread may take again."""
    return _original("RLock")() if made_of() == "gevent" else threading.RLock()


def condition(lock: Any) -> Any:
    """`threading.Condition` on a real lock."""
    return _Condition(lock) if made_of() == "gevent" else threading.Condition(lock)


class Event:
    """`threading.Event` for real threads."""

    def __init__(self) -> None:
        self._changed, self._set = condition(lock()), False

    def is_set(self) -> bool:
        """Whether it is set."""
        return self._set

    def set(self) -> None:
        """Wake who waits."""
        with self._changed:
            self._set = True
            self._changed.notify_all()

    def clear(self) -> None:
        """Let the next one wait again."""
        with self._changed:
            self._set = False

    def wait(self, timeout: float) -> bool:
        """Wait until it is set, at most `timeout` seconds; whether it is."""
        with self._changed:
            return bool(self._changed.wait_for(self.is_set, timeout))


class _Plain(threading.Thread):
    def __init__(self, work: Callable[[Thread], None], name: str) -> None:
        super().__init__(name=name, daemon=True)
        self._work = work

    def run(self) -> None:
        self._work(self)


class _BesideGreenlets:
    """A real thread in a process of gevent's; whatever waits in it has an event loop of its own."""

    def __init__(self, work: Callable[[Thread], None]) -> None:
        self._work, self._alive = work, False
        self._running = lock()

    def start(self) -> None:
        self._running.acquire()
        self._alive = True
        try:
            _original("start_new_thread")(self._run, ())
        except RuntimeError:
            self._alive = False
            raise

    def is_alive(self) -> bool:
        return self._alive

    def join(self, timeout: float | None = None) -> None:
        if self._running.acquire(timeout=-1 if timeout is None else timeout):
            self._running.release()

    def _run(self) -> None:
        try:
            self._work(self)
        finally:
            sys.modules["gevent"].get_hub().destroy(destroy_loop=True)
            self._alive = False
            self._running.release()


class _Condition:
    """Python's own takes the locks that it makes from where gevent has put its own."""

    def __init__(self, lock: Any) -> None:
        self._lock, self._sleepers = lock, list[Any]()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.release()

    def notify_all(self) -> None:
        """Wake all; called with the lock held."""
        while self._sleepers:
            self._sleepers.pop().release()

    def wait_for(self, true: Callable[[], bool], timeout: float) -> bool:
        """Sleep until `true()`, at most `timeout` seconds; called with the lock held once."""
        ends = time.monotonic() + timeout
        while not true() and (seconds := ends - time.monotonic()) > 0:
            self._sleep(seconds)
        return true()

    def _sleep(self, seconds: float) -> None:
        sleeper = lock()
        sleeper.acquire()
        self._sleepers.append(sleeper)
        self._lock.release()
        try:
            sleeper.acquire(timeout=min(seconds, threading.TIMEOUT_MAX))
        finally:
            self._lock.acquire()
            if sleeper in self._sleepers:
                self._sleepers.remove(sleeper)


def _original(name: str) -> Any:
    """What gevent has replaced."""
    return sys.modules["gevent.monkey"].get_original("_thread", name)
