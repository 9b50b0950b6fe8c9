"""Whether this process was told to stop, and how long its runs may still go on.

Whoever hears the signal calls `begin`: gunicorn's hooks, a worker's, the parent of a child. The
heartbeat then asks runs to stop when the time is over, and `ready` turns red at once.
"""

from __future__ import annotations

import time

_until: float | None = None


def begin(seconds: float) -> None:
    """Let runs go on for at most so long; of several calls the soonest end stands."""
    global _until
    until = time.monotonic() + seconds
    _until = until if _until is None else min(_until, until)


def draining() -> bool:
    """Whether this process was told to stop."""
    return _until is not None


def over() -> bool:
    """Whether the time is over that runs were given."""
    return _until is not None and time.monotonic() >= _until


def forget() -> None:
    """As in a fresh process: after a fork, and between tests."""
    global _until
    _until = None
