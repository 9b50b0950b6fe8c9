"""What a caller sent, and the request that it makes: all entrances come here, so all refuse the same."""

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
    """What one caller sent, as it wrote it; what is None or empty was not given."""

    kind: str
    """The entrance, for the record: "http", "command" or "python"."""
    run_dates: tuple[Any, ...] = ()
    """From each place where the entrance takes one."""
    scheduled_at: str | None = None
    """Takes the place of the time now, where no `run_date` is given."""
    max_late: float | None = None
    """Seconds; a slot older than that is `expired` to this caller, and stays due."""
    options: dict[str, Any] | None = None
    force: bool = False
    source: str = ""
    actor: str = ""
    reason: str = ""
    reference: str = ""
    """The caller's own name for this call."""
    wait: float = 0
    """Seconds to wait for a run that another trigger holds."""
    wait_own: float | None = None
    """Seconds to wait for its own attempt, where that runs in the background; None is the setting."""

    def request(self, job: Job) -> Request:
        """The request for this job, made sure of.

        Raises:
            BadInput: `run_date` is not one of the job's slots, or the options are not the job's.
        """
        run_date, trigger = self._meant(job, database.guess())
        # A slot that is named is the same at any time; one that is not may turn out to be another.
        is_named = any(text is not None for text in self.run_dates)
        return Request(
            job,
            run_date,
            trigger,
            check_options(job, self.options),
            force=self.force,
            max_late=self.max_late,
            wait=self.wait,
            wait_own=self.wait_own,
            meant=None if is_named else lambda at: self._meant(job, at),
        )

    def _meant(self, job: Job, at: datetime) -> tuple[datetime, Trigger]:
        """Which slot is meant at a time, and the trigger as it goes on record."""
        run_date, note = slot_of(job, self.run_dates, self.scheduled_at, at)
        noted = "; ".join(part for part in (note, self.reference) if part)
        kind = RERUN if self.force else self.kind
        return run_date, Trigger(kind, self.source, self.actor, self.reason, noted)
