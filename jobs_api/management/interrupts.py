"""A signal that ends a command which runs attempts in this process."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from django.core.management.base import CommandError

from jobs_api.management import failing


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM end the command as Ctrl-C does: the attempt is handed back, and costs no try."""
    before = signal.signal(signal.SIGTERM, _interrupt) if _in_main_thread() else None
    try:
        yield
    except KeyboardInterrupt:
        raise CommandError(
            "Interrupted; what ran in this process was handed back.", returncode=failing.INTERRUPTED
        ) from None
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def _in_main_thread() -> bool:
    """Python handles signals only there; a web request may call a command in another thread."""
    return threading.current_thread() is threading.main_thread()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
