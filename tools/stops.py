"""What a second Ctrl-C must not do: end a program that is cleaning up after the first."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def ignore() -> dict[signal.Signals, Any]:
    """Ignore them from here on; returns what handled them."""
    return {number: signal.signal(number, signal.SIG_IGN) for number in STOPS}


@contextmanager
def ignored() -> Iterator[None]:
    """Ignore them in this context only: what the process starts later would inherit it, and never end."""
    before = ignore()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
