"""A process of its own for each scenario at a time; imports nothing of Django's before it is set up."""

from __future__ import annotations

import signal
from typing import Any


def prepare() -> None:
    """A process of the pool: an interrupt is its parent's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    import django

    django.setup()


def one(name: str, seed: int, walks: int, seconds: float) -> Any:
    """Go through one scenario."""
    from tools.explore.going import one as go

    return go(name, seed, walks, seconds)
