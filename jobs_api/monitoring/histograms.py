"""Histograms: counts of values per bucket, which can be added up over processes, days and jobs."""

from __future__ import annotations

import dataclasses
from bisect import bisect_left
from collections.abc import Mapping
from math import sqrt
from typing import Any

Bounds = tuple[float, ...]
"""Upper bounds; above the last one there is one more bucket."""
FINE: Bounds = tuple(float(f"{0.001 * 1.09**step:.3g}") for step in range(253))
"""From a millisecond to a month, each at most a tenth above the one before: quantiles are exact to 5 %."""


@dataclasses.dataclass(slots=True)
class Histogram:
    """How many values fell into each bucket, and their sum."""

    bounds: Bounds
    counts: list[int] = dataclasses.field(default_factory=list)
    """Of each bucket alone; the last one has no upper bound."""
    sum: float = 0

    def __post_init__(self) -> None:
        self.counts = self.counts or [0] * (len(self.bounds) + 1)

    def note(self, value: float) -> None:
        """Add one value; a clock that was set back makes none below 0."""
        value = max(value, 0)
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def add(self, other: Histogram) -> None:
        """Add all values of another one with the same bounds."""
        self.counts = [mine + theirs for mine, theirs in zip(self.counts, other.counts, strict=True)]
        self.sum += other.sum

    def read(self, stored: Mapping[str, Any]) -> None:
        """Add what is stored; a bucket of another version goes to the next larger one of ours."""
        for bound, count in (stored.get("counts") or {}).items():
            self.counts[bisect_left(self.bounds, float(bound))] += int(count)
        self.sum += float(stored.get("sum") or 0)

    def stored(self) -> dict[str, Any]:
        """As JSON stores it, without empty buckets."""
        bounds = (*self.bounds, float("inf"))
        counts = {f"{bound:g}": count for bound, count in zip(bounds, self.counts, strict=True) if count}
        return {"counts": counts, "sum": round(self.sum, 6)}

    def __len__(self) -> int:
        """How many values there are."""
        return sum(self.counts)

    def quantile(self, share: float) -> float | None:
        """The value below which this share of the values lies; None without any.

        It is the middle of a bucket, so it is as exact as the bounds are fine.
        """
        rank, below = share * (len(self) - 1), 0
        for place, count in enumerate(self.counts):
            below += count
            if count and below > rank:
                return self._middle(place)
        return None

    def _middle(self, place: int) -> float:
        """The geometric mean of a bucket's bounds: no value in it is further away by a larger factor."""
        ends = self.bounds[max(place - 1, 0) : place + 1]
        return float(ends[0]) if len(ends) < 2 else sqrt(ends[0] * ends[1])
