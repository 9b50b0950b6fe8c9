"""The worker processes of the explorer; this module imports nothing that needs Django to be set up."""

from __future__ import annotations

import signal
from typing import Any


def prepare() -> None:
    """Set up a worker process: only its parent handles an interrupt."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    import django

    django.setup()


def one(name: str, seed: int, walks: int, seconds: float) -> Any:
    """Explore one scenario."""
    from tools.explore.running import one as run

    return run(name, seed, walks, seconds)
