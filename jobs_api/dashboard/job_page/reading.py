"""What the page reads: a constant number of statements, however many jobs and runs there are."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime

from jobs_api import registry
from jobs_api.audit import reading as audit
from jobs_api.dashboard.job_page import slots
from jobs_api.dashboard.job_page.asked import Asked
from jobs_api.dashboard.job_page.notes import Noted, notes
from jobs_api.dashboard.job_page.slots import About, Listing
from jobs_api.history import cells, days, durations, lateness
from jobs_api.history.cell import Cell
from jobs_api.history.days import Day
from jobs_api.history.durations import Point
from jobs_api.history.lateness import SourceLateness
from jobs_api.models import AuditEntry
from jobs_api.monitoring.report import JobReport, job_reports
from jobs_api.monitoring.source_report import SourceReport, source_reports
from jobs_api.registry.job import Job
from jobs_api.runs import hosts, readers
from jobs_api.runs.hosts import Difference
from jobs_api.runs.job_state import Standing, standings

MONTH = 30
POINTS = 400
"""So many runs are drawn by the server; the script loads more of them."""
DEEDS = 5
"""So many entries of the audit are shown."""


@dataclasses.dataclass(frozen=True, slots=True)
class Facts:
    """All of it."""

    job: Job
    report: JobReport | None
    """None: no app declares the job any more."""
    days: Sequence[Day]
    cells: Sequence[Cell]
    """The newest slots, oldest first."""
    points: Sequence[Point]
    window: tuple[datetime, datetime]
    """From when to when runs are drawn."""
    listing: Listing
    notes: dict[int, Noted]
    sources: Sequence[SourceReport]
    differences: Sequence[Difference]
    deeds: Sequence[AuditEntry]

    @property
    def month(self) -> Sequence[Day]:
        """The last 30 days."""
        return self.days[-MONTH:]

    @property
    def late(self) -> list[SourceLateness]:
        """How late each source was in the last 30 days."""
        return lateness.summed_up(self.month)


def known(name: str) -> Job | None:
    """The job of this name; of one that is not declared any more, what its runs need; None: there is none.

    One statement where it is not declared.
    """
    job = registry.find(name)
    if job is not None:
        return job
    return Job(name) if name.isprintable() and readers.newest(name) is not None else None


def read(job: Job, asked: Asked, at: datetime, *, now: datetime | None = None) -> Facts:
    """Read it: twelve statements; one more where the list is filtered, and where the job is paused.

    Args:
        now: for tests; None is the database's clock.
    """
    declared = registry.find(job.name) is not None
    report = job_reports([job], now=now)[0] if declared else None
    standing = None if report is None else report.standing
    year = days.year(job, at=at, standing=standing, now=now)
    newest = cells.recent([job], at=at, standings=_standings(job, standing), now=now)[job.name]
    whose = About(job, standing, year, at, now)
    listing = slots.first_page(whose, newest, asked) or slots.listing(whose, asked)
    since, until = asked.window(at)
    return Facts(
        job=job,
        report=report,
        days=year,
        cells=newest,
        points=durations.points(job, since, until, at=at, standing=standing, limit=POINTS, now=now),
        window=(since, until),
        listing=listing,
        notes=notes(listing.cells),
        sources=source_reports(at),
        differences=[each for each in hosts.differences(at=at) if each.job == job.name],
        deeds=audit.page(audit.Filters(job=job.name), limit=DEEDS).entries,
    )


def about(job: Job, at: datetime) -> About:
    """Whose slots a download has: four statements."""
    standing = next(iter(standings(names=[job.name])[1]), None)
    return About(job, standing, days.year(job, at=at, standing=standing), at)


def _standings(job: Job, standing: Standing | None) -> dict[str, Standing]:
    return {} if standing is None else {job.name: standing}
