"""A caller's payload and the request made of it: all entrances use this, so all refuse the same input."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

from jobs_api import database
from jobs_api.registry.job import Job
from jobs_api.runs.types import RERUN, Trigger
from jobs_api.triggers.request import Request
from jobs_api.triggers.validation import check_options, slot_of


@dataclasses.dataclass(frozen=True, slots=True)
class Payload:
    """The payload of one caller, unchanged; None or empty means that it was not sent."""

    kind: str
    """The entrance, for the record: "http", "command", "admin", "dashboard" or "python"."""
    run_dates: tuple[Any, ...] = ()
    """The value from each place where the entrance accepts one."""
    scheduled_at: str | None = None
    """Replaces the present time if there is no `run_date`."""
    max_late: float | None = None
    """Seconds; a slot older than that is `expired` to this caller, and stays due."""
    options: dict[str, Any] | None = None
    force: bool = False
    source: str = ""
    actor: str = ""
    reason: str = ""
    reference: str = ""
    """The caller's own name for this call."""
    traceparent: str = ""
    """The caller's trace context, as it was sent."""
    by_hand: bool = False
    """A person stands before it, at a terminal."""
    wait: float = 0
    """Seconds to wait for a run that another trigger holds."""
    wait_own: float | None = None
    """Seconds to wait for its own attempt, where that runs in the background; None is the setting."""

    def request(self, job: Job) -> Request:
        """The request for this job, checked.

        Raises:
            BadInput: `run_date` is not one of the job's slots, or the options are not the job's.
        """
        run_date, trigger = self._meant(job, database.guess())
        # A requested slot does not depend on the time; the current slot does.
        is_named = any(text is not None for text in self.run_dates)
        return Request(
            job,
            run_date,
            trigger,
            check_options(job, self.options),
            force=self.force,
            by_hand=self.by_hand,
            max_late=self.max_late,
            wait=self.wait,
            wait_own=self.wait_own,
            meant=None if is_named else lambda at: self._meant(job, at),
        )

    def _meant(self, job: Job, at: datetime) -> tuple[datetime, Trigger]:
        """The slot that is meant at a time, and the trigger for the record."""
        run_date, note = slot_of(job, self.run_dates, self.scheduled_at, at)
        noted = "; ".join(part for part in (note, self.reference) if part)
        kind = RERUN if self.force else self.kind
        return run_date, Trigger(kind, self.source, self.actor, self.reason, noted, self.traceparent)
