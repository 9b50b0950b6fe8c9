"""The arguments and results of the state machine: a trigger, a lease, an ending."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from typing import Any

from jobs_api import clock
from jobs_api.clock import Moment
from jobs_api.registry.job import Job
from jobs_api.runs import trace_context
from jobs_api.text import one_line

BACKFILL, RERUN, RUN_DUE = "backfill", "rerun", "run_due"
PEOPLE = ("admin", "dashboard")
"""Entrances by which only people come."""
ORDERED = (BACKFILL, RERUN)
"""An operator ordered this slot: its attempts ignore `expires`, also when run-due retries it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Trigger:
    """What started an attempt."""

    kind: str
    """"http", "command", "admin", "dashboard", "python", "run_due", "executor", "backfill" or "rerun"."""
    source: str = ""
    """The platform that called."""
    actor: str = ""
    """The token's name, or the user of the command line or the admin."""
    comment: str = ""
    """The reason that an operator gave."""
    note: str = ""
    """What else belongs into the record, such as a scheduled time that was ignored."""
    traceparent: str = ""
    """The caller's trace context, as it was sent: nobody has looked at it yet."""

    def fields(self) -> dict[str, str]:
        """As the columns of an attempt."""
        return {
            "trigger": self.kind,
            "source": self.source[:100],
            "actor": self.actor[:100],
            "comment": self.comment,
            "note": self.note,
            "traceparent": trace_context.stored(self.traceparent),
        }


@dataclasses.dataclass(frozen=True, slots=True)
class PauseSummary:
    """The pause for which a trigger started nothing."""

    started_at: datetime
    until: datetime | None
    """When it ends by itself; None: when somebody resumes the job."""
    actor: str
    """The token's name or the user of the command line that paused the job; "" if unknown."""
    reason: str

    def told(self, zone: tzinfo) -> str:
        """In words: since when, by whom, why and until when."""
        ends = (self.started_at, self.until)
        since, until = (at and at.astimezone(zone).isoformat(timespec="seconds") for at in ends)
        by = f" by {one_line(self.actor)}" if self.actor else ""
        why = f" ({one_line(self.reason)})" if self.reason else ""
        return f"since {since}{by}{why}, until {until or 'somebody resumes it'}"


@dataclasses.dataclass(frozen=True, slots=True)
class Claim:
    """What one attempt claims: a slot, for whom, and how."""

    job: Job
    run_date: datetime
    trigger: Trigger
    begin: bool
    """Begin in the same statement, for an executor that runs the command at once."""
    options: dict[str, Any] | None = None
    rerun: bool = False
    """An operator's order: any end may be left, and tries start from 0."""
    start_within: float | None = None
    """Seconds until a claimed attempt has to begin; None is the setting."""
    along: Callable[[Lease], None] | None = None
    """Called in the transaction of the claim: what it writes is there if the claim is, and only then."""


@dataclasses.dataclass(frozen=True, slots=True)
class Lease:
    """The right to finish one attempt; every write of its holder names it."""

    run_id: int
    attempt: int
    job_name: str
    run_date: datetime
    tries: int
    """Tries used up before this attempt."""
    options: dict[str, Any]
    started_at: datetime
    """By the database's clock."""
    sent_at: float = dataclasses.field(default_factory=time.monotonic, compare=False)
    """When the statement that took it was sent, by this monotonic clock: the lease lasts from then,
    not from when the answer came."""
    source: str = dataclasses.field(default="", compare=False)
    """The platform that called, for the log; so are the next three."""
    trigger: str = dataclasses.field(default="", compare=False)
    actor: str = dataclasses.field(default="", compare=False)
    traceparent: str = dataclasses.field(default="", compare=False)
    """Valid, or empty."""

    def now(self, given: datetime | None = None) -> Moment:
        """The database's time now, estimated without a query: never before the start, however clocks are set.

        Args:
            given: for tests; None is the database's clock.
        """
        counted = self.started_at + timedelta(seconds=max(time.monotonic() - self.sent_at, 0))
        return Moment(max(given or clock.guess() or counted, self.started_at), given)


@dataclasses.dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ended, as `finish` writes it."""

    state: str
    reason: str = ""
    error: str = ""
    finished_at: datetime | None = None
    progress: tuple[int | None, int | None] = (None, None)
    output: tuple[bytes, bytes, int] = (b"", b"", 0)
    """First part, last part, and the length of the whole."""
    raised: BaseException | None = dataclasses.field(default=None, compare=False, repr=False)
    """What the command raised in this process, for the log."""
