"""What has happened to one job since it is counted: numbers that only grow, and its newest success.

They are added up in memory, and in a row of `JobTotals`: see `monitoring.job_totals`.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from jobs_api import callers
from jobs_api.models import State
from jobs_api.monitoring.histograms import Bounds, Histogram
from jobs_api.runs.types import ORDERED

DURATIONS: Bounds = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14400)
"""Upper bounds in seconds; above the last one there is one more bucket."""
LATENESS: Bounds = (1, 5, 15, 60, 120, 300, 900, 3600, 21600, 86400)
ANSWERS: Bounds = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Cron services give up after 5, 10 or 30 seconds."""
SOURCES = 20
"""At most so many sources of a job that are no caller we know: the other ones are counted as one."""
OTHER = "(other)"


class Success(NamedTuple):
    """A run that succeeded. Times are seconds since 1970."""

    slot: float
    finished: float
    duration: float | None


@dataclasses.dataclass(slots=True)
class Totals:
    """All of one job."""

    attempts: Counter[tuple[str, str]] = dataclasses.field(default_factory=Counter)
    """Attempts that have ended, by state and reason."""
    triggers: Counter[tuple[str, str]] = dataclasses.field(default_factory=Counter)
    """Triggers that were answered, by source and outcome."""
    duration: Histogram = dataclasses.field(default_factory=lambda: Histogram(DURATIONS))
    """How long attempts took that had begun."""
    lateness: Histogram = dataclasses.field(default_factory=lambda: Histogram(LATENESS))
    """How long after their slot first attempts began."""
    answer: Histogram = dataclasses.field(default_factory=lambda: Histogram(ANSWERS))
    """How long triggers that started an attempt took until they were answered."""
    success: Success | None = None
    """Of the newest slot that has succeeded."""

    # -- what happens -----------------------------------------------------------------------------

    def ended(self, event: Mapping[str, Any], *, scheduled: bool) -> None:
        """An attempt has ended.

        Args:
            event: the fields of `attempt_finished`.
            scheduled: whether its job has a schedule: otherwise no slot is a time at which it is due.
        """
        began, over, slot = event["started_at"], event["finished_at"], event["run_date"]
        self.attempts[event["state"], event["reason"]] += 1
        took = None if began is None or over is None else (over - began).total_seconds()
        if took is not None:
            self.duration.note(took)
        if began is not None and scheduled and event["attempt"] == 1 and event["trigger"] not in ORDERED:
            self.lateness.note((began - slot).total_seconds())
        if event["state"] == State.SUCCEEDED and over is not None:
            self.succeeded(Success(slot.timestamp(), over.timestamp(), took))

    def succeeded(self, success: Success) -> None:
        """A slot has succeeded; one that is older than the newest changes nothing."""
        if self.success is None or success[:2] >= self.success[:2]:
            self.success = success

    def triggered(self, source: str, outcome: str, number: int = 1) -> None:
        """Triggers were answered."""
        self.triggers[self._placed(source), outcome] += number

    def _placed(self, source: str) -> str:
        """As what a source is counted. Callers choose it, so only so many are told apart, for good."""
        known = callers.names()
        if not source or source in known or source == OTHER:
            return source
        invented = {name for name, _ in self.triggers if name and name not in known and name != OTHER}
        return source if source in invented or len(invented) < SOURCES else OTHER

    def add(self, other: Totals) -> None:
        """Add what has happened besides."""
        self.attempts.update(other.attempts)
        for (source, outcome), number in other.triggers.items():
            self.triggered(source, outcome, number)
        for mine, theirs in zip(self._histograms(), other._histograms(), strict=True):
            mine.add(theirs)
        if other.success is not None:
            self.succeeded(other.success)

    # -- the row ----------------------------------------------------------------------------------

    def _histograms(self) -> tuple[Histogram, Histogram, Histogram]:
        return self.duration, self.lateness, self.answer

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Totals:
        """From the row; members of another version are left out."""
        found = cls()
        for key, number in (stored.get("attempts") or {}).items():
            state, _, reason = key.partition(" ")
            found.attempts[state, reason] = number
        for source, outcomes in (stored.get("triggers") or {}).items():
            for outcome, number in outcomes.items():
                found.triggers[source, outcome] = number
        for name in HISTOGRAMS:
            getattr(found, name).read(stored.get(name) or {})
        if stored.get("success"):
            found.success = Success(*stored["success"][:3])
        return found

    def stored(self) -> dict[str, Any]:
        """As JSON stores it."""
        triggers: dict[str, dict[str, int]] = {}
        for (source, outcome), number in self.triggers.items():
            triggers.setdefault(source, {})[outcome] = number
        attempts = {f"{state} {reason}".strip(): number for (state, reason), number in self.attempts.items()}
        histograms = {name: getattr(self, name).stored() for name in HISTOGRAMS}
        return {"attempts": attempts, "triggers": triggers, "success": self.success, **histograms}


HISTOGRAMS = ("duration", "lateness", "answer")
