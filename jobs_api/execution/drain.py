"""Whether this process must stop, and how long its runs may still continue.

The receiver of the signal calls `begin`: gunicorn's hooks, a worker's hooks, or the parent of a child. The
heartbeat then stops runs when the time is over, and `ready` answers 503 at once.
"""

from __future__ import annotations

import time

_until: float | None = None


def begin(seconds: float) -> None:
    """Let runs continue for at most this many seconds; of several calls, the earliest end counts."""
    global _until
    until = time.monotonic() + seconds
    _until = until if _until is None else min(_until, until)


def draining() -> bool:
    """Whether this process must stop."""
    return _until is not None


def over() -> bool:
    """Whether the time for runs to continue is over."""
    return _until is not None and time.monotonic() >= _until


def forget() -> None:
    """Reset, as in a new process: after a fork, and between tests."""
    global _until
    _until = None
