"""How long the runs of jobs take: usually, of each run, and day by day."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from jobs_api.database import alias
from jobs_api.history import days, due, rows
from jobs_api.history.judging import Judge
from jobs_api.models import JobHistory
from jobs_api.monitoring.histograms import Histogram
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing

FEW = 500
"""Up to this many jobs, the statement names them: a database limits the number of parameters."""


@dataclasses.dataclass(frozen=True, slots=True)
class Usual:
    """How long runs that succeeded take, in seconds."""

    p5: float
    p50: float
    p95: float
    count: int
    """Of how many runs."""

    @property
    def ends(self) -> tuple[float, float, float]:
        """The three of them, the shortest first."""
        return self.p5, self.p50, self.p95

    @classmethod
    def of(cls, durations: Histogram) -> Usual | None:
        """From a histogram; None for an empty one."""
        low, middle, high = (durations.quantile(share) for share in (0.05, 0.5, 0.95))
        if low is None or middle is None or high is None:
            return None
        return cls(low, middle, high, len(durations))


class Point(NamedTuple):
    """One run that has ended."""

    run: int
    slot: datetime
    seconds: float
    state: str
    """As in `cells.CELLS`."""


def usual(names: Iterable[str]) -> dict[str, Usual]:
    """How long these jobs took in the last 30 days, as the roll-up knows it: one statement."""
    wanted = set(names)
    found = JobHistory.objects.using(alias()).filter(p50__isnull=False)
    if len(wanted) <= FEW:
        found = found.filter(job_name__in=wanted)
    return {
        row.job_name: Usual(row.p5 or 0, row.p50 or 0, row.p95 or 0, row.count)
        for row in found
        if row.job_name in wanted
    }


def points(
    job: Job,
    start: datetime,
    end: datetime,
    *,
    at: datetime,
    standing: Standing | None = None,
    limit: int = 2000,
    now: datetime | None = None,
) -> list[Point]:
    """The newest runs of these slots that have ended, oldest first: one statement."""
    found = rows.within([job.name], start, end, at=at, each=limit, now=now)
    stored = {row.run_date: row for row in found.of(job.name)}
    gaps = due.newest(job, at, 1).gaps()
    cells = Judge(job, standing, at, since=found.since, gaps=gaps).cells(stored, [])
    return [
        Point(cell.run, cell.slot, (cell.ended - cell.began).total_seconds(), cell.state)
        for cell in cells
        if cell.run is not None and cell.began is not None and cell.ended is not None
    ]


def bands(
    job: Job,
    first: date,
    last: date,
    *,
    at: datetime,
    standing: Standing | None = None,
    now: datetime | None = None,
) -> list[tuple[date, Usual]]:
    """How long the runs of each of these days took: two statements."""
    found = days.between(job, first, last, at=at, standing=standing, now=now)
    each = ((day.day, Usual.of(day.durations)) for day in found)
    return [(day, span) for day, span in each if span is not None]
