"""Dying, or waiting, at a named point of a run: "kill before jobs_api.runs:finish".

The first word says what happens, the second when, the third at which function. "uncommitted" is
after the function's statement and before its commit.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pkgutil import resolve_name
from typing import Any

from django.db import transaction
from django.utils import timezone

from jobs_api.clock import Moment


def kill() -> None:
    """Die as by `kill -9`, or by a machine that runs out of memory."""
    os.kill(os.getpid(), signal.SIGKILL)


def wait() -> None:
    """Say that the point is reached, and go on when the parent says so."""
    os.write(1, b"reached\n")  # print would become the run's output
    sys.stdin.readline()


def install(hook: str) -> None:
    """Put the hook in the place of the function that it names."""
    action, when, point = hook.split()
    where, _, name = point.rpartition("." if "." in point.partition(":")[2] else ":")
    holder = resolve_name(where)
    act = {"kill": kill, "wait": wait}[action]
    setattr(holder, name, MOMENTS[when](getattr(holder, name), act))


def _before(function: Callable[..., Any], act: Callable[[], None]) -> Callable[..., Any]:
    def hooked(*args: Any, **named: Any) -> Any:
        act()
        return function(*args, **named)

    return hooked


def _after(function: Callable[..., Any], act: Callable[[], None]) -> Callable[..., Any]:
    def hooked(*args: Any, **named: Any) -> Any:
        result = function(*args, **named)
        act()
        return result

    return hooked


def _uncommitted(function: Callable[..., Any], act: Callable[[], None]) -> Callable[..., Any]:
    def hooked(*args: Any, **named: Any) -> Any:
        with transaction.atomic():
            result = function(*args, **named)
            act()
        return result

    return hooked


def _within(function: Callable[..., Any], act: Callable[[], None]) -> Callable[..., Any]:
    """In the place of a context manager around one statement."""

    @contextmanager
    def hooked() -> Iterator[None]:
        with transaction.atomic():
            yield
            act()

    return hooked


MOMENTS = {"before": _before, "after": _after, "uncommitted": _uncommitted, "within": _within}


def claim_and_begin_apart() -> None:
    """Let the inline executor begin by a statement of its own, as a worker of a queue does."""
    from jobs_api import runs
    from jobs_api.execution.perform import perform
    from jobs_api.executors import Executor, inline

    class TwoSteps(Executor):
        def submit(self, job: Any, lease: Any) -> Any:
            runs.begin(lease, moment=Moment(timezone.now()))
            return perform(job, lease)

    inline.executor = TwoSteps()  # type: ignore[assignment]


def note_signals(path: str) -> None:
    """Append what is told in this process to a file: the signal, the process, the run, how it ended."""
    from jobs_api import signals

    def note(signal: Any, **fields: Any) -> None:
        line = f"{signal.name} {os.getpid()} {fields.get('run')} {fields.get('state', '-')}\n"
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(handle, line.encode())
        os.close(handle)

    for each in signals.ALL:
        each.connect(note, weak=False)
