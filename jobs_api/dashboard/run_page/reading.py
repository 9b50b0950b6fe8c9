"""Read a run and all that its page shows beside it: the same number of statements however many there are."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from jobs_api.alerts import readers as alert_readers
from jobs_api.audit import reading as audit
from jobs_api.database import alias
from jobs_api.history.durations import Usual, usual
from jobs_api.models import AuditEntry, Incident, JobPause, JobRun, TriggerCount
from jobs_api.monitoring.outlook import Outlook, may_be_tried, outlook
from jobs_api.monitoring.run_report import AttemptReport, RunReport, attempts
from jobs_api.runs import pausing, readers
from jobs_api.text.numbers import LARGEST_ID

MOST_ATTEMPTS = 100
"""So many attempts are looked at, the newest ones."""
MOST_ENTRIES, MOST_INCIDENTS, MOST_COUNTS = 20, 20, 60
FOUND_LATE = timedelta(hours=1)
"""So long after a run ended an incident about it may be opened."""


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """A run, and what was read beside it, at one time by the database's clock."""

    run: JobRun
    report: RunReport
    attempts: Sequence[AttemptReport]
    """Oldest first: the newest `MOST_ATTEMPTS`."""
    counts: Sequence[TriggerCount]
    """Of the triggers of its job on `day` that began nothing."""
    day: date
    """In UTC."""
    entries: Sequence[AuditEntry]
    """Of the audit, about this run, the newest first."""
    incidents: Sequence[Incident]
    usual: Usual | None
    pause: JobPause | None
    """Its job's newest one, where it matters."""
    at: datetime

    @property
    def outlook(self) -> Outlook | None:
        """Whether it will be tried again."""
        return outlook(self.run, self.pause, self.at)

    def attempt(self, number: int) -> AttemptReport | None:
        """The attempt of this number, if it was read."""
        return next((each for each in self.attempts if each.attempt == number), None)


def find(pk: int) -> JobRun | None:
    """The run of this id, as readers see it: one statement."""
    return readers.find(pk) if pk <= LARGEST_ID else None


def read(run: JobRun, at: datetime, also: int = 0) -> Reading:
    """All that its page shows, but for output: at most six statements.

    Args:
        also: the number of an attempt that is wanted, however old it is.
    """
    report = RunReport.of(run)
    found = attempts(run, MOST_ATTEMPTS, also) if run.attempt > 1 else [report.newest][: run.attempt]
    day = run.created_at.date()
    return Reading(
        run=run,
        report=report,
        attempts=found,
        counts=_counts(run.job_name, day),
        day=day,
        entries=_entries(run),
        incidents=_incidents(run, at),
        usual=usual([run.job_name]).get(run.job_name),
        pause=_pause(run, report),
        at=at,
    )


def _counts(job_name: str, day: date) -> list[TriggerCount]:
    rows = TriggerCount.objects.using(alias()).filter(job_name=job_name, day=day, count__gt=0)
    return list(rows.order_by("-count", "source", "outcome")[:MOST_COUNTS])


def _entries(run: JobRun) -> list[AuditEntry]:
    about = audit.Filters(job=run.job_name, run=run.pk, since=run.created_at - FOUND_LATE)
    return audit.page(about, limit=MOST_ENTRIES).entries


def _incidents(run: JobRun, at: datetime) -> list[Incident]:
    """Those about this run, and those of its job that were open while it lasted."""
    end = run.finished_at or at
    before = (end + FOUND_LATE, LARGEST_ID)
    found = alert_readers.incidents(job=run.job_name, after=before, limit=MOST_INCIDENTS).rows
    return [each for each in found if each.run == run.pk or _lasted(each, run.created_at, end)]


def _lasted(incident: Incident, begin: datetime, end: datetime) -> bool:
    return incident.since <= end and (incident.closed_at is None or incident.closed_at >= begin)


def _pause(run: JobRun, report: RunReport) -> JobPause | None:
    matters = report.job is not None and may_be_tried(run)
    return pausing.last_pause(report.job) if matters and report.job is not None else None
