"""Hooks for gunicorn: workers drain, and the master tells the children that outlive its workers to stop.

In gunicorn.conf.py::

    from jobs_api.gunicorn import on_exit, post_worker_init, when_ready, worker_exit

This module needs neither gunicorn nor a configured Django: the master may not have loaded the project.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

from jobs_api.execution import drain, waiting_limit
from jobs_api.text import loggers
from jobs_api.worker import host_limit

ACCESS = "gunicorn.access"
"""This log quotes headers and decoded user names, which may contain any byte, also newlines."""
QUICK = (signal.SIGINT, signal.SIGQUIT)
"""gunicorn's quick shutdown; SIGTERM is its graceful one."""

WRITING_SECONDS = 10
"""Extra time for children after the server's grace period: to be killed, and to write that."""


def post_worker_init(worker: Any) -> None:
    """In each worker, after its application is loaded: let the signal that ends the worker begin the drain.

    Also store the number of threads, so that waiting requests leave some threads free.
    """
    loggers.quiet(ACCESS)
    if getattr(worker.cfg, "worker_class_str", "") in ("gthread", "sync"):
        waiting_limit.room.threads = worker.cfg.threads
    seconds = time_for_runs(worker.cfg.graceful_timeout)
    _before(signal.SIGTERM, lambda number: drain.begin(seconds))
    for number in QUICK:
        _before(number, lambda number: drain.begin(0))
    signal.siginterrupt(signal.SIGTERM, False)  # gunicorn sets this; `signal.signal` has reset it


def time_for_runs(grace: float) -> float:
    """How long runs may continue in the grace period; in the rest they stop and write their end."""
    return max(grace - max(2.0, grace / 5), 0)


def worker_exit(server: Any, worker: Any) -> None:
    """In each worker, last: write what it has counted of the calls since the last minute."""
    with suppress(Exception):  # such as a worker that could not load the project
        from jobs_api.monitoring import trigger_counts

        trigger_counts.flush_last()


def when_ready(server: Any) -> None:
    """In the master: when it gets a signal to end, tell the children of the subprocess executor.

    A platform ends the container, with all children, when the master ends. A worker that ends alone does not
    affect them.
    """

    def pass_on(number: int) -> None:
        # A worker that was just forked still has this handler.
        if os.getpid() == server.pid and not _hands_over(server):
            farewell.note_signal(number, server.pid)

    for number in (signal.SIGTERM, *QUICK):
        _before(number, pass_on)


def on_exit(server: Any) -> None:
    """In the master, last: wait for those children, at most a little longer than gunicorn's grace period.

    A second Ctrl-C, or SIGQUIT, ends the wait; the children continue alone.
    """
    if farewell.since is None or _hands_over(server):
        return
    deadline = farewell.since + server.cfg.graceful_timeout + WRITING_SECONDS
    living = farewell.signal_children(server.pid)
    if living:
        own = "run in a process of its own" if len(living) == 1 else "runs in processes of their own"
        server.log.info(
            "Waiting up to %.0f s for %s %s.", max(deadline - time.monotonic(), 0), len(living), own
        )
    while farewell.signal_children(server.pid) and not farewell.hurried and time.monotonic() < deadline:
        time.sleep(0.1)


def _hands_over(server: Any) -> bool:
    """Whether another master takes over: on SIGUSR2 a new master replaces the old one."""
    return bool(server.reexec_pid or server.master_pid)


class Farewell:
    """Tells the processes that run attempts for a master that the master ends."""

    def __init__(self) -> None:
        self.since: float | None = None
        self.hurried = False
        self._signalled: set[int] = set()

    def note_signal(self, number: int, master: int) -> None:
        """The master got a signal to end. Called in a signal handler: this neither waits nor logs."""
        if self.since is not None:
            self.hurried = self.hurried or number in QUICK
            return
        self.since = time.monotonic()
        self.signal_children(master)

    def signal_children(self, master: int) -> list[int]:
        """Send each child one SIGTERM; returns the children that are alive, with those started meanwhile."""
        living: list[int] = []
        with suppress(OSError):  # such as a folder that is not ours: the server must end anyway
            living = host_limit.holders(master)
        for pid in set(living) - self._signalled:
            self._signalled.add(pid)
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGTERM)
        return living


farewell = Farewell()


def _before(number: signal.Signals, act: Callable[[int], None]) -> None:
    """Call `act` before gunicorn's handler of this signal; do nothing if gunicorn has no handler."""
    handler = signal.getsignal(number)
    if not callable(handler):  # a worker class that handles signals in its own way
        return

    def both(signum: int, frame: FrameType | None) -> None:
        act(signum)
        handler(signum, frame)

    signal.signal(number, both)
