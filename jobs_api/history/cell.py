"""One slot of a job, and what became of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from jobs_api.monitoring.punctuality import SHORTEST, in_time

CELLS = (
    "succeeded",
    "ran_late",
    "late",
    "failed",
    "lost",
    "missed",
    "queued",
    "running",
    "overdue",
    "skipped",
    "paused",
    "cancelled",
    "to_come",
    "unknown",
)
"""What may become of a slot. "late": due, no call yet, within its grace. "unknown": from before its job was
known, or its run may have been deleted."""


class Cell(NamedTuple):
    """One slot."""

    slot: datetime
    """In UTC."""
    state: str
    """One of `CELLS`."""
    run: int | None = None
    """The id of its run; None where it has none."""
    began: datetime | None = None
    """When its newest attempt began, or was claimed if it has not begun."""
    ended: datetime | None = None
    late: timedelta | None = None
    """How long after the slot its first attempt began; None where that was ordered, or says nothing."""
    reason: str = ""
    error: str = ""
    """The first line of it."""
    source: str = ""
    """Who triggered the newest attempt."""
    attempt: int = 0
    tries: int = 0


def ran_late(gap: timedelta | None, late: timedelta) -> bool:
    """Whether a run that began so long after its slot began late.

    That is later than a tenth of the time to the next slot: at least a minute, at most 15. Alerts of the kind
    "late" wait for the same time.

    Args:
        gap: how long after the slot the next one is due; None: there is none.
    """
    return late > SHORTEST and late > in_time(gap)
