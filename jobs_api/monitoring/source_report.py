"""Who has called, as readers see it: the API, the command line and every page show this report."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

from jobs_api.database import alias
from jobs_api.models import TriggerSource
from jobs_api.monitoring.sources import KEPT, OTHER

USED_TO_CALL = timedelta(days=1)
"""A source that has called for less than that may be a person who tried something."""
SLACK = timedelta(minutes=2)
"""A call is written within a minute."""


@dataclasses.dataclass(frozen=True, slots=True)
class SourceReport:
    """One source."""

    source: str
    """The platform, or what it calls itself; empty if it does not say."""
    actor: str
    """The token, or the user of the command line; empty for Python code."""
    first_at: datetime
    last_at: datetime
    """When it last called, by the database's clock; written within a minute."""
    last_trigger_at: datetime | None
    last_run_due_at: datetime | None
    calls: int
    wins: int
    """How many attempts its calls have started."""
    usual_gap: timedelta | None
    """The longest time between two calls lately; None after the first."""
    silent: bool
    """Whether it used to call, and has not for more than twice that time."""

    @classmethod
    def of(cls, row: TriggerSource, at: datetime) -> SourceReport:
        """From its row."""
        usual = timedelta(seconds=row.gap) if row.gap else None
        times = (row.first_at, row.last_at, row.last_trigger_at, row.last_run_due_at)
        return cls(
            row.source,
            row.actor,
            *times,
            row.calls,
            row.wins,
            usual,
            _is_silent(row, usual, at - row.last_at),
        )


def _is_silent(row: TriggerSource, usual: timedelta | None, since: timedelta) -> bool:
    if usual is None or row.source == OTHER or row.last_at - row.first_at < USED_TO_CALL:
        return False
    return max(2 * usual, usual + SLACK) < since < KEPT


def source_reports(at: datetime, *, actor: str | None = None) -> list[SourceReport]:
    """All sources, or those of one token, the newest call first: one statement, which writes nothing."""
    rows = TriggerSource.objects.using(alias()).order_by("-last_at", "source", "actor")
    found = rows if actor is None else rows.filter(actor=actor)
    return [SourceReport.of(row, at) for row in found]
