"""What the database knows of a job itself: since when, as it is declared, and when it was paused.

Known-since is kept per declaration: name, schedule and zone. Two of them at once, in a rolling deploy or with
a forgotten worker, do not reset each other; going back to an earlier one finds it known. Readers write
nothing: a migration, a trigger and run-due make jobs known.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet, Value
from django.db.models.functions import Greatest

from jobs_api import registry
from jobs_api.database import database
from jobs_api.models import JobDeclaration, JobPause
from jobs_api.registry import Job

Declared = tuple[str, str, str]
"""Name, schedule, zone."""

_known: set[Declared] = set()
"""Declarations whose row this process has seen: a warm process looks no more."""


def forget() -> None:
    """Look again, in a test or after a fork."""
    _known.clear()


def declared(job: Job) -> Declared:
    """A job as far as its slots depend on it."""
    return job.name, job.schedule or "", job.slots.timezone


def know(job: Job, *, at: datetime) -> None:
    """See to it that the database knows this job as it is declared; once per process."""
    if declared(job) not in _known:
        _learn([job], JobDeclaration.objects.using(database()).filter(job_name=job.name), at)


def know_all(*, at: datetime) -> None:
    """See to it that the database knows all jobs as they are declared here."""
    jobs = [job for job in registry.jobs() if declared(job) not in _known]
    if jobs:
        _learn(jobs, JobDeclaration.objects.using(database()), at)


def _learn(jobs: list[Job], rows: QuerySet[JobDeclaration], at: datetime) -> None:
    """Insert those that are missing; one that is there keeps its `since`, whoever was faster."""
    there = set(rows.values_list("job_name", "schedule", "timezone"))
    missing = [_row(job, at) for job in jobs if declared(job) not in there]
    if missing:
        rows.bulk_create(missing, ignore_conflicts=True, batch_size=200)
    _known.update(map(declared, jobs))


def _row(job: Job, at: datetime) -> JobDeclaration:
    name, schedule, zone = declared(job)
    return JobDeclaration(job_name=name, schedule=schedule, timezone=zone, since=at)


def pause(job: Job, *, actor: str, comment: str, at: datetime) -> bool:
    """Pause a job; False if it was paused already."""
    using = database()
    try:
        with transaction.atomic(using):
            JobPause.objects.using(using).create(
                job_name=job.name, started_at=at, actor=actor[:100], comment=comment
            )
    except IntegrityError:
        return False
    return True


def resume(job: Job, *, actor: str, comment: str, at: datetime) -> bool:
    """Let its triggers through again, and record who asked and why; False if it was not paused."""
    open_pause = JobPause.objects.using(database()).filter(job_name=job.name, ended_at=None)
    ended = Greatest("started_at", Value(at))  # clocks of two hosts may differ
    return bool(open_pause.update(ended_at=ended, resumed_by=actor[:100], resume_comment=comment))


def last_pause(job: Job) -> JobPause | None:
    """The job's newest pause, over or not."""
    rows = JobPause.objects.using(database()).filter(job_name=job.name)
    return rows.order_by("-started_at", "-pk").first()


def pauses(names: Iterable[str] | None = None, *, since: datetime | None = None) -> dict[str, list[JobPause]]:
    """The pauses of each job that were open at or after `since`."""
    found: dict[str, list[JobPause]] = {}
    rows = JobPause.objects.using(database())
    if names is not None:
        rows = rows.filter(job_name__in=list(names))
    if since is not None:
        rows = rows.exclude(ended_at__lt=since)
    for row in rows:
        found.setdefault(row.job_name, []).append(row)
    return found
