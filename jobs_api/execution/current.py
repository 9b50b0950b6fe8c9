"""The run that a command is part of, as the command sees it."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime
from itertools import takewhile
from types import FrameType
from typing import NoReturn

from jobs_api.exceptions import RunStopped
from jobs_api.execution import drain


class CurrentRun:
    """The run around a command; ``current_run()`` returns it.

    Outside a run it is inert: `run_date` is None, `attempt` 0, and the methods do nothing, so
    a command works by hand as it does under a trigger.
    """

    def __init__(
        self,
        *,
        job_name: str = "",
        run_date: datetime | None = None,
        attempt: int = 0,
        timeout: float | None = None,
    ) -> None:
        self.job_name = job_name
        self.run_date = run_date
        self.attempt = attempt
        self.done: int | None = None
        self.total: int | None = None
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._stopped: str | None = None
        self.stood = ""
        """Where the command stood when its time-out was noticed, as lines of a traceback."""
        self.halted = False
        """Whether the main thread got a `RunStopped`: a signal should not interrupt how it tidies up."""
        self.held_until: float | None = None
        """When the lease may be over (monotonic clock); None if no lease is counted."""
        self.held_for: Callable[[], float] | None = None
        """Returns for how many more seconds the lease is valid, if a clock alone cannot decide (SQLite)."""

    def __bool__(self) -> bool:
        return self.attempt > 0

    def progress(self, done: int, total: int | None = None) -> None:
        """Report the progress of the command; others see it within two seconds."""
        if self:
            self.done, self.total = _storable(done), None if total is None else _storable(total)

    def check(self) -> None:
        """Raise `RunStopped` if the lease was lost, time is over, a cancel was requested or the process ends.

        The lease also counts as lost once it may be over by this process's own clock: while the database
        cannot be reached, another host may already have taken the slot. No thread has to notice that first.
        """
        if not self.stopped and not self.holds and not self._holds_all_the_same():
            self.stop("lost")
        if self.stopped:
            self.halt(self.stopped, sys._getframe(1))
        if self.overdue:
            self.halt("timeout", sys._getframe(1))

    def halt(self, reason: str, frame: FrameType | None) -> NoReturn:
        """Raise `RunStopped`; first note where a time-out found the command, which may catch it.

        Args:
            frame: the innermost one of the command.
        """
        if reason == "timeout" and self and not self.stood:
            self.stood = _stack(frame)
        if self and threading.current_thread() is threading.main_thread():
            self.halted = True
        raise RunStopped(reason)

    def stop(self, reason: str) -> None:
        """Let the next `check()` raise; the first reason is kept."""
        self._stopped = self._stopped or reason

    @property
    def stopped(self) -> str | None:
        """Why the command should end: "lost", "cancelled", "interrupted", or None."""
        return self._stopped or ("interrupted" if drain.over() else None)

    @property
    def holds(self) -> bool:
        """Whether the lease is certainly valid by this process's clock."""
        return self.held_until is None or time.monotonic() < self.held_until

    def _holds_all_the_same(self) -> bool:
        now = time.monotonic()
        seconds = 0 if self.held_for is None else self.held_for()
        self.held_until = now + seconds if seconds else self.held_until
        return seconds > 0

    @property
    def overdue(self) -> bool:
        """Whether the job's timeout is over."""
        return self._deadline is not None and time.monotonic() > self._deadline


def _stack(frame: FrameType | None) -> str:
    """Where a command stands, as lines of a traceback: from where we called it."""
    inside = takewhile(
        lambda place: place[0].f_globals.get("__name__") != "jobs_api.execution.perform",
        traceback.walk_stack(frame),
    )
    return "".join(reversed(traceback.StackSummary.extract(inside).format()))


def _storable(number: int) -> int:
    """A whole number of 64 bits: a wrong value fails here, in the command, and not where it is stored."""
    return max(-(2**63), min(int(number), 2**63 - 1))


_INERT = CurrentRun()
_current: ContextVar[CurrentRun] = ContextVar("jobs_api_current_run", default=_INERT)


def current_run() -> CurrentRun:
    """The run that this code is part of; an inert one outside of a run."""
    return _current.get()


def enter(run: CurrentRun) -> object:
    """Make `run` the current one in this context; returns what `leave` takes."""
    return _current.set(run)


def leave(token: object) -> None:
    """Undo `enter`."""
    _current.reset(token)  # type: ignore[arg-type]


def let_go() -> None:
    """In a process that the command has forked: no heartbeat renews the lease there, so do not check it."""
    run = _current.get()
    if run:
        run.held_until = run.held_for = None
