"""Who has called, as readers see it: the API, the command line and every page show this report."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

from jobs_api import registry
from jobs_api.database import alias
from jobs_api.models import TriggerSource
from jobs_api.monitoring.measures import Lateness
from jobs_api.monitoring.source_jobs import KEPT, JobCalls, instant, read
from jobs_api.monitoring.sources import OTHER
from jobs_api.monitoring.tallies import POLLS
from jobs_api.schedule.slots import current_slot

USED_TO_CALL = timedelta(days=1)
"""A source that has called for less than that may be a person who tried something."""
SLACK = timedelta(minutes=2)
"""A call is written within a minute."""


@dataclasses.dataclass(frozen=True, slots=True)
class SourceJob:
    """What one source does for one job."""

    job: str
    first_at: datetime
    last_at: datetime
    calls: int
    wins: int
    usual_gap: timedelta | None
    lateness: Lateness
    silent: bool
    """Whether it used to trigger this job, and does not any more, though it still calls."""


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
    lateness: Lateness
    """Of its triggers; of run-due, of what it started."""
    silent: bool
    """Whether it used to call, and has not for more than twice that time."""
    jobs: tuple[SourceJob, ...] = ()
    """Those that it triggers by name, the newest first; of these the declared ones can be silent."""
    run_due: SourceJob | None = None
    """Its calls of run-due."""

    @property
    def silent_jobs(self) -> list[SourceJob]:
        """The jobs that it does not trigger any more, though it still calls."""
        return [job for job in self.jobs if job.silent]

    @property
    def is_missed(self) -> bool:
        """Whether it has stopped calling, altogether, or for some job, or run-due."""
        return self.silent or self.run_due_silent or bool(self.silent_jobs)

    @property
    def run_due_silent(self) -> bool:
        """Whether it used to call run-due, and does not any more, though it still triggers jobs."""
        return self.run_due is not None and self.run_due.silent

    @classmethod
    def of(cls, row: TriggerSource, at: datetime) -> SourceReport:
        """From its row."""
        usual = _span(row.gap)
        times = (row.first_at, row.last_at, row.last_trigger_at, row.last_run_due_at)
        silent = row.source != OTHER and _is_silent(row.first_at, row.last_at, usual, at)
        may_miss = not silent and row.source != OTHER
        calls = sorted(read(row.jobs).items())
        jobs = [_job(name, each, at, may_miss=may_miss) for name, each in calls]
        late = Lateness(row.last_late, row.usual_late, row.worst_late)
        jobs.sort(key=lambda job: job.last_at, reverse=True)
        newest = tuple(job for job in jobs if job.job != POLLS)
        run_due = next((job for job in jobs if job.job == POLLS), None)
        return cls(row.source, row.actor, *times, row.calls, row.wins, usual, late, silent, newest, run_due)


def _job(name: str, calls: JobCalls, at: datetime, *, may_miss: bool) -> SourceJob:
    usual, first, last = _span(calls.gap), instant(calls.first), instant(calls.last)
    silent = may_miss and _is_silent(first, last, usual, at) and _was_due_since(name, last, at)
    return SourceJob(name, first, last, calls.calls, calls.wins, usual, calls.lateness, silent)


def _was_due_since(name: str, last: datetime, at: datetime) -> bool:
    """Whether a slot has come since: a job may have got a slower schedule, or none."""
    if name == POLLS:
        return True
    job = registry.find(name)
    slot = None if job is None or job.schedule is None else current_slot(job.slots, at - SLACK, early=False)
    return slot is not None and slot > last


def _span(seconds: float) -> timedelta | None:
    return timedelta(seconds=seconds) if seconds else None


def _is_silent(first: datetime, last: datetime, usual: timedelta | None, at: datetime) -> bool:
    if usual is None or last - first < USED_TO_CALL:
        return False
    return max(2 * usual, usual + SLACK) < at - last < KEPT


def source_reports(at: datetime, *, actor: str | None = None) -> list[SourceReport]:
    """All sources, or those of one token, the newest call first: one statement, which writes nothing."""
    rows = TriggerSource.objects.using(alias()).order_by("-last_at", "source", "actor")
    found = rows if actor is None else rows.filter(actor=actor)
    return [SourceReport.of(row, at) for row in found]
