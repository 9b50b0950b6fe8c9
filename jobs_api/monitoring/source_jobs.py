"""Which jobs a source triggers: of each when it last did, how often, and how late; in the source's row.

Run-due is one of them, as `POLLS`: a source may stop calling it while it still triggers jobs.

A source has at most `JOBS` of them there; one that was silent for a month gives up its place.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from jobs_api.monitoring.measures import Lateness, longest
from jobs_api.monitoring.tallies import JobTally, Tally

JOBS = 100
AHEAD = timedelta(minutes=1)
KEPT = timedelta(days=30)
"""Who was silent for longer is history."""


@dataclasses.dataclass(frozen=True, slots=True)
class JobCalls:
    """What a source has done for one job. Times are seconds since 1970, as JSON stores them."""

    first: float
    last: float
    gap: float = 0
    """The longest time between two triggers lately."""
    calls: int = 0
    wins: int = 0
    slot: float = 0
    """The newest one that was measured."""
    lateness: Lateness = dataclasses.field(default_factory=Lateness)

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> JobCalls:
        """From the row; members of another version are left out."""
        known = {field.name: stored[field.name] for field in dataclasses.fields(cls) if field.name in stored}
        return cls(**{**known, "lateness": Lateness(*stored.get("lateness", ())[:3])})

    def stored(self) -> dict[str, Any]:
        """As JSON stores it."""
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {**fields, "lateness": list(dataclasses.astuple(self.lateness))}

    def after(self, tally: JobTally, measured: Mapping[float, float]) -> JobCalls:
        """With these triggers.

        Args:
            measured: of each slot that is newer than the newest one here, how late the trigger came.
        """
        first, last = tally.first.timestamp(), tally.last.timestamp()
        return JobCalls(
            first=min(self.first, first),
            last=max(self.last, last),
            gap=longest(self.gap, first - self.last),
            calls=self.calls + tally.calls,
            wins=self.wins + tally.wins,
            slot=max([self.slot, *measured]),
            lateness=self.lateness.after(measured.values(), last - self.last),
        )


def read(stored: Mapping[str, Any] | None) -> dict[str, JobCalls]:
    """The jobs of a row."""
    return {name: JobCalls.of(entry) for name, entry in (stored or {}).items()}


def merged(
    stored: Mapping[str, Any] | None, tally: Tally, now: datetime
) -> tuple[dict[str, dict[str, Any]], list[float]]:
    """The jobs of a row with these calls, and how late those came that say something about it."""
    known = {name: calls for name, calls in read(stored).items() if calls.last <= (now + AHEAD).timestamp()}
    lates = [late.seconds for late in tally.lates if not late.job]
    for name, job in tally.jobs.items():
        if name not in known and not _has_place(known, now):
            continue
        before = known.get(name) or JobCalls(job.first.timestamp(), job.first.timestamp())
        measured = dict(_measured(name, tally, before))
        known[name] = before.after(job, measured)
        lates += measured.values()
    return {name: calls.stored() for name, calls in known.items()}, lates


def _measured(name: str, tally: Tally, before: JobCalls) -> Iterator[tuple[float, float]]:
    """Without slots that another process has measured, or that were measured before: those are repeats."""
    for late in tally.lates:
        if late.job == name and late.slot.timestamp() > before.slot:
            yield late.slot.timestamp(), late.seconds


def _has_place(known: dict[str, JobCalls], now: datetime) -> bool:
    if len(known) < JOBS:
        return True
    oldest = min(known, key=lambda name: known[name].last)
    if known[oldest].last > (now - KEPT).timestamp():
        return False
    del known[oldest]
    return True


def instant(seconds: float) -> datetime:
    """As the other times of a source."""
    return datetime.fromtimestamp(seconds, UTC)
