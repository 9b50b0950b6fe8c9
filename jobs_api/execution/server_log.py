"""The standard error of this process where a run's output has taken its place: in the child of a supervisor.

What is not the run's goes there: the line of a transition, and the log of a process that was started here.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

_kept: int | None = None


def keep() -> None:
    """Keep it, before another takes its place."""
    global _kept
    with suppress(OSError):  # it is closed
        _kept = os.dup(2)


def let_go() -> None:
    """In a process that the command forks: who waits for the end of ours must not wait for that one's."""
    global _kept
    if _kept is not None:
        with suppress(OSError):
            os.close(_kept)
        _kept = None


def write(text: str) -> None:
    """Write it there, or to `sys.stderr` where that is still the same; nobody may read it any more."""
    if _kept is None:
        sys.stderr.write(text)
        return
    with suppress(OSError):
        os.write(_kept, text.encode(errors="backslashreplace"))
