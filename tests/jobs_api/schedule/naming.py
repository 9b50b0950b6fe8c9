"""The slot that a caller names at a time: what `asking` and `dispatch` ask one after the other."""

from __future__ import annotations

from datetime import datetime

from jobs_api.schedule.run_date import named_slot, require_past
from jobs_api.schedule.slots import Schedule


def explicit_slot(schedule: Schedule, text: str, now: datetime) -> datetime:
    """The slot that `text` names, if it has come by `now`."""
    slot = named_slot(schedule, text, now)
    require_past(schedule, slot, now)
    return slot
