"""Hooks for gunicorn: its workers drain, and its end is passed on to children that outlive workers.

In gunicorn.conf.py::

    from jobs_api.gunicorn import on_exit, post_worker_init, when_ready

Nothing here needs gunicorn, or Django set up: the master may know neither the project nor its settings.
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
"""It quotes headers, and the user of a Basic Authorization decoded: any byte, also the end of a line."""
QUICK = (signal.SIGINT, signal.SIGQUIT)
"""gunicorn's quick shutdown; SIGTERM is its graceful one."""

WRITING_SECONDS = 10
"""What children get beyond the server's grace: to be killed, and to write that."""


def post_worker_init(worker: Any) -> None:
    """In each worker, once its application is loaded: begin to drain at the signal that ends it.

    And tell how many threads it has, so that requests that wait for others leave some free.
    """
    loggers.quiet(ACCESS)
    if getattr(worker.cfg, "worker_class_str", "") in ("gthread", "sync"):
        waiting_limit.room.threads = worker.cfg.threads
    seconds = time_for_runs(worker.cfg.graceful_timeout)
    _before(signal.SIGTERM, lambda number: drain.begin(seconds))
    for number in QUICK:
        _before(number, lambda number: drain.begin(0))
    signal.siginterrupt(signal.SIGTERM, False)  # as gunicorn has it; `signal.signal` has undone that


def time_for_runs(grace: float) -> float:
    """How long runs may go on within a grace: what remains is for them to stop and to write their end."""
    return max(grace - max(2.0, grace / 5), 0)


def when_ready(server: Any) -> None:
    """In the master: let its children of the subprocess executor hear when it is told to end.

    A platform ends the container, and them, with the master. Workers that go alone leave them be.
    """

    def pass_on(number: int) -> None:
        # A worker that was forked just now has this handler still.
        if os.getpid() == server.pid and not _hands_over(server):
            farewell.hear(number, server.pid)

    for number in (signal.SIGTERM, *QUICK):
        _before(number, pass_on)


def on_exit(server: Any) -> None:
    """In the master, last: wait for those children, at most a little longer than gunicorn's grace.

    A second Ctrl-C, or SIGQUIT, ends the wait; the children go on by themselves.
    """
    if farewell.since is None or _hands_over(server):
        return
    give_up = farewell.since + server.cfg.graceful_timeout + WRITING_SECONDS
    living = farewell.tell(server.pid)
    if living:
        own = "run in a process of its own" if len(living) == 1 else "runs in processes of their own"
        server.log.info(
            "Waiting up to %.0f s for %s %s.", max(give_up - time.monotonic(), 0), len(living), own
        )
    while farewell.tell(server.pid) and not farewell.hurried and time.monotonic() < give_up:
        time.sleep(0.1)


def _hands_over(server: Any) -> bool:
    """Whether another master goes on in its place: one is replaced by the other on SIGUSR2."""
    return bool(server.reexec_pid or server.master_pid)


class Farewell:
    """The end of a master, as those hear of it who run attempts for it."""

    def __init__(self) -> None:
        self.since: float | None = None
        self.hurried = False
        self._told: set[int] = set()

    def hear(self, number: int, master: int) -> None:
        """The master was told to end. In a signal handler: this neither waits nor logs."""
        if self.since is not None:
            self.hurried = self.hurried or number in QUICK
            return
        self.since = time.monotonic()
        self.tell(master)

    def tell(self, master: int) -> list[int]:
        """Tell each once; returns those that still live, with such as have started meanwhile."""
        living: list[int] = []
        with suppress(OSError):  # such as a folder that is not ours: a server ends all the same
            living = host_limit.holders(master)
        for pid in set(living) - self._told:
            self._told.add(pid)
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGTERM)
        return living


farewell = Farewell()


def _before(number: signal.Signals, act: Callable[[int], None]) -> None:
    """Let `act` come first at this signal, and then gunicorn's handler; where it has none, neither."""
    handler = signal.getsignal(number)
    if not callable(handler):  # a worker class that hears of signals in its own way
        return

    def both(signum: int, frame: FrameType | None) -> None:
        act(signum)
        handler(signum, frame)

    signal.signal(number, both)
