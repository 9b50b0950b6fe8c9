"""How much is measured."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Scale:
    """The normal run takes a few minutes."""

    samples: int = 600
    """Requests to each endpoint."""
    rounds: int = 10
    """Crowds, and starts of a process."""
    starts: int = 25
    """Rounds of triggers that start a process each."""
    pages: int = 15
    """Visits of each page."""
    many: int = 1_000_000
    """Stored runs that are compared with 10,000."""


QUICK = Scale(samples=100, rounds=3, starts=5, pages=5, many=200_000)
