"""What is counted of a day: of each state how many slots, how long the runs took, and how late they began."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from jobs_api.history.cell import Cell
from jobs_api.monitoring.histograms import FINE, Histogram

SOURCES = 20
"""So many sources of a job and day are told apart; callers choose their names."""
OTHER = "(other)"
FAILED, LATE = ("failed", "lost", "overdue"), ("ran_late", "late")
WELL = ("succeeded", "queued", "running", "skipped", "cancelled")


def fine() -> Histogram:
    """An empty histogram of seconds."""
    return Histogram(FINE)


@dataclasses.dataclass(slots=True)
class Tally:
    """All slots of a time."""

    states: Counter[str] = dataclasses.field(default_factory=Counter)
    durations: Histogram = dataclasses.field(default_factory=fine)
    """Of those that succeeded, in seconds."""
    lateness: dict[str, Histogram] = dataclasses.field(default_factory=dict)
    """By the source of the first attempt, in seconds."""
    runs: int = 0
    """How many of the slots have a run."""
    known: bool = True
    """Whether the job was known then, and no run was deleted."""

    def note(self, cells: Iterable[Cell]) -> None:
        """Count these."""
        for cell in cells:
            self.states[cell.state] += 1
            if cell.run is None:
                continue
            self.runs += 1
            if cell.state in ("succeeded", "ran_late") and cell.began and cell.ended:
                self.durations.note((cell.ended - cell.began).total_seconds())
            if cell.late is not None and cell.attempt == 1:
                self.late_of(cell.source).note(cell.late.total_seconds())

    def late_of(self, source: str) -> Histogram:
        """The lateness of a source."""
        if source not in self.lateness and len(self.lateness) >= SOURCES:
            source = OTHER
        return self.lateness.setdefault(source, fine())

    @property
    def slots(self) -> int:
        """How many there were, runs at other instants included; not those before the job was known."""
        return sum(self.states.values()) - self.states["unknown"] - self.states["to_come"]

    @property
    def worst(self) -> str:
        """The worst that has happened, in one word: see `jobs_api.history.days`."""
        for word, states in (("failed", FAILED), ("missed", ("missed",)), ("late", LATE), ("well", WELL)):
            if any(self.states[state] for state in states):
                return word
        if self.states["paused"]:
            return "paused"
        return "none" if self.known else "unknown"

    def stored(self) -> dict[str, Any]:
        """As columns of `JobDay`."""
        return {
            "worst": self.worst,
            "counts": {state: number for state, number in self.states.items() if number},
            "durations": self.durations.stored(),
            "lateness": {source: histogram.stored() for source, histogram in self.lateness.items()},
            "runs": self.runs,
        }


def read_lateness(into: dict[str, Histogram], stored: Mapping[str, Any]) -> None:
    """Add what a day has stored."""
    for source, histogram in stored.items():
        into.setdefault(source, fine()).read(histogram)
