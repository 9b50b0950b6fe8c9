"""What is left to do when this process ends: counts to write, messages and check-ins to send.

Our own commands, and the process of an attempt, do it while they can still start threads. Other processes do
it at their exit; Python 3.12 starts no thread there, so what needs one is not done.
"""

from __future__ import annotations

import atexit
import os
import sys
import time
from collections.abc import Callable

from jobs_api.text import loggers

logger = loggers.logger(__name__)

SECONDS = 5.0
"""For all of it together."""

_left: list[Callable[[], None]] = []
_pids: set[int] = set()
_ends = float("inf")
_late = False
_done_at, _remaining = float("-inf"), 0.0
"""When it was last done, and how much of the time was left then."""


def do_before(function: Callable[[], None]) -> None:
    """Call `function` before this process ends. It may be called twice, and then finds nothing to do."""
    if function not in _left:
        _left.append(function)
    if os.getpid() not in _pids:  # a fork inherits what its parent does at its exit, unless it was cleared
        _pids.add(os.getpid())
        atexit.register(_do_it_late)


def do_it(seconds: float | None = None) -> None:
    """Do it now: at the end of a command."""
    global _ends, _done_at, _remaining
    _ends = time.monotonic() + (SECONDS if seconds is None else seconds)
    try:
        for function in _left:
            _call(function)
    finally:
        _done_at = time.monotonic()
        _ends, _remaining = float("inf"), max(_ends - _done_at, 0.0)


def _do_it_late() -> None:
    """At the exit of the interpreter; right after a command's end, in what is left of the time."""
    global _late
    _late = sys.version_info[:2] == (3, 12)
    do_it(_remaining if time.monotonic() - _done_at < SECONDS else None)


def can_send() -> bool:
    """Whether a thread can start, which every request needs."""
    return not _late


def seconds_left(usual: float) -> float:
    """How long a request may take: its usual time, or what is left of the time at the end of a process."""
    return min(usual, max(_ends - time.monotonic(), 0.05))


def _call(function: Callable[[], None]) -> None:
    try:
        function()
    except Exception:  # the others are called all the same
        logger.warning("Not everything could be done before this process ends.", exc_info=True)
