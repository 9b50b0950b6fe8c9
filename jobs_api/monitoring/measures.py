"""What is measured of a caller over time: how long it is usually away, and how late its triggers come."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import timedelta

FORGET_AFTER = 8
"""The longest time between two calls counts half after so many times of that length."""
WEIGHT = 1 / 8
"""What the newest slot counts in the usual lateness."""
HALF_LIFE = timedelta(days=7)
"""After so long the worst lateness counts half."""


def longest(before: float, gap: float) -> float:
    """The longest time between two calls lately, in seconds: a caller on weekdays has one of three days."""
    if gap <= 0 or not before:
        return max(gap, before)
    return float(max(gap, before * 0.5 ** (gap / (FORGET_AFTER * before))))


@dataclasses.dataclass(frozen=True, slots=True)
class Lateness:
    """How long after its slot a trigger comes, in seconds; None until one was measured."""

    last: float | None = None
    usual: float | None = None
    """The newest slots count most, so that a caller that has moved is judged by what it does now."""
    worst: float | None = None
    """Of recent time."""

    def after(self, measured: Iterable[float], elapsed: float) -> Lateness:
        """With these slots, the oldest first.

        Args:
            elapsed: seconds since the last time.
        """
        last, usual, worst = self.last, self.usual, self.worst
        if worst is not None:
            worst *= 0.5 ** (max(elapsed, 0) / HALF_LIFE.total_seconds())
        for late in measured:
            last, worst = late, late if worst is None else max(worst, late)
            usual = late if usual is None else usual + (late - usual) * WEIGHT
        known = [each for each in (worst, usual, last) if each is not None]
        return Lateness(last, usual, max(known, default=None))
