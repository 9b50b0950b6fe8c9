"""The calls of one source since the last write, in memory: noted in a request, so in a microsecond."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import NamedTuple

from jobs_api.runs.types import RUN_DUE

STARTED = ("succeeded", "failed", "accepted")
"""Outcomes of triggers that started an attempt."""
POLLS = "(run-due)"
"""Stands for the calls of run-due among the jobs of a source; no job has such a name."""
LATES = 200
"""At most so many slots are measured between two writes."""


class Late(NamedTuple):
    """How late a trigger came for a slot."""

    job: str
    """Empty for what run-due started: its calls mean no job."""
    slot: datetime
    seconds: float


@dataclasses.dataclass(slots=True)
class JobTally:
    """The triggers of one job."""

    first: datetime
    last: datetime
    calls: int = 0
    wins: int = 0
    slot: datetime | None = None
    """The newest one that was measured: a repeat says nothing about when its source calls."""

    def add(self, other: JobTally) -> None:
        """Add triggers of before."""
        self.first = min(self.first, other.first)
        self.calls, self.wins = self.calls + other.calls, self.wins + other.wins
        self.slot = self.slot or other.slot


@dataclasses.dataclass(slots=True)
class Tally:
    """All calls of a source."""

    first: datetime
    last: datetime
    calls: int = 0
    wins: int = 0
    last_trigger: datetime | None = None
    last_run_due: datetime | None = None
    jobs: dict[str, JobTally] = dataclasses.field(default_factory=dict)
    lates: list[Late] = dataclasses.field(default_factory=list)

    def note(
        self, kind: str, outcome: str, at: datetime, job: str, late: tuple[datetime, float] | None
    ) -> None:
        """Note a trigger, or a call of run-due (outcome `RUN_DUE`); what such a call starts is no call.

        Args:
            late: the slot, and how late the trigger came for it; None where that says nothing.
        """
        won = outcome in STARTED
        self.wins += won
        if outcome == RUN_DUE:
            self.calls += 1
            self.last = self.last_run_due = at
            self._trigger(POLLS, at, False, None)
        elif kind == RUN_DUE:
            if won and late is not None and len(self.lates) < LATES:
                self.lates.append(Late("", *late))
        else:
            self.calls += 1
            self.last = self.last_trigger = at
            self._trigger(job, at, won, late)

    def _trigger(self, name: str, at: datetime, won: bool, late: tuple[datetime, float] | None) -> None:
        job = self.jobs.get(name)
        if job is None:
            job = self.jobs[name] = JobTally(at, at)
        job.last = at
        job.calls += 1
        job.wins += won
        if late is not None and (job.slot is None or late[0] > job.slot) and len(self.lates) < LATES:
            job.slot = late[0]
            self.lates.append(Late(name, *late))

    def add(self, other: Tally) -> None:
        """Add calls that were made before these, and could not be written."""
        self.first = min(self.first, other.first)
        self.calls, self.wins = self.calls + other.calls, self.wins + other.wins
        self.last_trigger = self.last_trigger or other.last_trigger
        self.last_run_due = self.last_run_due or other.last_run_due
        self.lates = [*other.lates, *self.lates][:LATES]
        for name, job in other.jobs.items():
            if name in self.jobs:
                self.jobs[name].add(job)
            else:
                self.jobs[name] = job
