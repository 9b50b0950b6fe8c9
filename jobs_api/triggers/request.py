"""One trigger: the request and its result."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jobs_api.models import JobRun, Reason, State
from jobs_api.registry.job import Job
from jobs_api.runs.types import Ending, Lease, PauseSummary, Trigger

if TYPE_CHECKING:
    from jobs_api.triggers.by_hand import Order

UNSUCCESSFUL = ("failed", "attempts_exhausted", "retry_later", "submit_failed")
"""Outcomes that a crontab should report; a slot that is done, running or skipped is not a failure."""


@dataclasses.dataclass(frozen=True, slots=True)
class RunSummary:
    """A run, as the answer to a trigger shows it."""

    id: int
    state: str
    attempt: int
    reason: str
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, run: JobRun) -> RunSummary:
        """From its row."""
        if run.lease_over:  # it is not reaped yet, but for readers it is already lost
            failed, lost = str(State.FAILED), str(Reason.LOST)
            return cls(run.pk, failed, run.attempt, lost, run.started_at, None)
        return cls(run.pk, str(run.state), run.attempt, str(run.reason), run.started_at, run.finished_at)

    @classmethod
    def ended(cls, lease: Lease, ending: Ending) -> RunSummary:
        """From the attempt that this process has just run: no need to read it again."""
        state, reason = str(ending.state), str(ending.reason)  # plain text, not members of an enum
        return cls(lease.run_id, state, lease.attempt, reason, lease.started_at, ending.finished_at)

    @property
    def duration_ms(self) -> int | None:
        """How long the attempt took."""
        if self.started_at is None or self.finished_at is None:
            return None
        return round((self.finished_at - self.started_at).total_seconds() * 1000)


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """The result of one trigger."""

    outcome: str
    job: Job
    run_date: datetime
    run: RunSummary | None = None
    retry_after: int | None = None
    crowded: bool = False
    """It did not wait as its caller wanted: too many requests of this process wait already."""
    background: bool = False
    """The job's executor runs commands in the background: for their end, a request can wait."""
    pause: PauseSummary | None = None
    """Where the outcome is "paused"."""


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """One trigger and its permissions."""

    job: Job
    run_date: datetime
    trigger: Trigger
    options: dict[str, Any] | None = None
    force: bool = False
    """Rerun an ended run, or start one; ignores pause and `expires`, but not the retention."""
    ordered: bool = False
    """The slot was ordered by a backfill or a rerun: it ignores `expires` too, but no pause."""
    records_skip: bool = True
    """Whether an overlap is recorded as `skipped`; not for catch-up, whose slot stays due."""
    max_late: float | None = None
    """Seconds; to this caller a slot older than that is `expired`, and stays due."""
    wait: float = 0
    """Seconds to wait for a run that another trigger holds."""
    wait_own: float | None = None
    """Seconds to wait for its own attempt, where that runs in the background; None is the setting."""
    action: str = "trigger"
    """What a person does by it, for the audit: "trigger" or "rerun"."""
    by_hand: bool = False
    """A person stands before it, at a terminal."""
    order: Order | None = None
    """What a person has ordered; `by_hand.ordered` finds out."""
    after: int | None = None
    """Only while this is the newest attempt: who orders it has seen no other one."""
    meant: Callable[[datetime], tuple[datetime, Trigger]] | None = None
    """Which slot the caller means at a time, where it names none: `run_date` is then a guess."""

    def at(self, instant: datetime) -> Request:
        """The same, with the slot that is meant at that time by the database's clock."""
        if self.meant is None:
            return self
        run_date, trigger = self.meant(instant)
        same = run_date == self.run_date and trigger == self.trigger
        return self if same else dataclasses.replace(self, run_date=run_date, trigger=trigger)
