"""How the roll-up stands: whether it fails, or days wait to be counted though callers call."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from jobs_api import registry
from jobs_api.database import alias
from jobs_api.history.calendar import DAY
from jobs_api.history.progress import NAME, counted_at
from jobs_api.models import AlertTurn, JobHistory
from jobs_api.monitoring.source_report import SourceReport

STALLED = timedelta(hours=1)
"""Somebody has called for so long after a day could be counted, and it is not."""


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """All of it."""

    failing_since: datetime | None
    """Since when turns fail; None: the last one ended well."""
    error: str
    """What went wrong the last time."""
    waits_since: datetime | None
    """Since when a day could be counted that is not; None: none waits for long."""

    @property
    def stalled(self) -> bool:
        """Whether a person should look at it."""
        return self.failing_since is not None or self.waits_since is not None


def standing(sources: Sequence[SourceReport]) -> Standing:
    """Read it: two statements; one if nobody has ever called.

    Args:
        sources: who calls: where nobody does, nothing is counted, and that is no fault.
    """
    turn = AlertTurn.objects.using(alias()).filter(name=NAME).first()
    failing, error = (None, "") if turn is None else (turn.failing_since, turn.error)
    if not sources:
        return Standing(failing, error, None)
    called = max(each.last_at for each in sources)
    first = min(_due(min(each.first_at for each in sources)), default=None)
    waits = first if first is not None and called - first > STALLED else None
    return Standing(failing, error, waits)


def _due(since: datetime) -> Iterator[datetime]:
    """From when on the next day of each job could be counted; `since` where none was counted ever."""
    rows = JobHistory.objects.using(alias()).values_list("job_name", "last_day")
    last = {name: day for name, day in rows if day is not None}
    if not last:
        yield since
    for name, day in last.items():
        job = registry.find(name)
        if job is not None:
            yield counted_at(job, day + DAY)
