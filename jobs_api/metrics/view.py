"""How much of the metrics somebody may see."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class View(NamedTuple):
    """What the asker may see."""

    covers: Callable[[str], bool]
    """Whether it may see the job of this name."""
    actor: str | None
    """Whose calls it may see; None: everybody's, and what is about no job."""


EVERYTHING = View(lambda name: True, None)
