"""The last day of each source: how often it called in each hour, what it won, and how late it came."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from datetime import datetime, timedelta

from jobs_api.database import alias
from jobs_api.history.tally import fine
from jobs_api.models import SourceHour
from jobs_api.monitoring.source_report import SourceReport, source_reports

HOURS = 24
SLOW = 300.0
"""A source of which one trigger in twenty comes later than so many seconds is slow."""


@dataclasses.dataclass(frozen=True, slots=True)
class SourceDay:
    """One source."""

    report: SourceReport
    hours: list[int]
    """Calls in each of the last 24 hours, the oldest first; the last one is not over."""
    calls: int
    """In these hours; written within a minute."""
    won: int
    p50: float | None
    """How many seconds after its slot a trigger came; None where that says nothing."""
    p95: float | None
    state: str
    """ "calling"; "slow" where p95 is more than five minutes; "silent" where it has stopped."""
    silent_for: timedelta | None
    """Since its last call; None where it is not silent."""


def source_days(at: datetime) -> list[SourceDay]:
    """All sources, the newest call first: two statements."""
    begins = at.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    hours: dict[tuple[str, str], list[SourceHour]] = defaultdict(list)
    for row in SourceHour.objects.using(alias()).filter(hour__range=(begins, at)):
        hours[row.source, row.actor].append(row)
    reports = source_reports(at)
    return [_day(report, hours[report.source, report.actor], begins, at) for report in reports]


def _day(report: SourceReport, rows: list[SourceHour], begins: datetime, at: datetime) -> SourceDay:
    calls, lateness = [0] * HOURS, fine()
    for row in rows:
        calls[(row.hour - begins) // timedelta(hours=1)] += row.calls
        lateness.read(row.lateness)
    p95 = lateness.quantile(0.95)
    slow = p95 is not None and p95 > SLOW
    return SourceDay(
        report=report,
        hours=calls,
        calls=sum(calls),
        won=sum(row.wins for row in rows),
        p50=lateness.quantile(0.5),
        p95=p95,
        state="silent" if report.is_missed else "slow" if slow else "calling",
        silent_for=at - report.last_at if report.silent else None,
    )
