"""What the database knows of a job itself: since when, under which schedule, and when it was paused."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Greatest

from jobs_api import registry
from jobs_api.models import JobPause, JobState
from jobs_api.registry import Job
from jobs_api.storage import database

_known: set[str] = set()
"""Jobs whose row this process has seen to be up to date: a warm process looks no more."""


def forget() -> None:
    """Look again, in a test or after a fork."""
    _known.clear()


def know(job: Job, *, at: datetime) -> None:
    """See to it that the database knows this job as it is declared; once per process."""
    if job.name not in _known:
        rows = JobState.objects.using(database()).filter(job_name=job.name)
        note({row.job_name: row for row in rows}, [job], at=at)


def know_all(*, at: datetime) -> dict[str, JobState]:
    """The rows of all declared jobs, made or brought up to date where they were not."""
    rows = {row.job_name: row for row in JobState.objects.using(database())}
    return note(rows, registry.jobs(), at=at)


def note(rows: dict[str, JobState], jobs: Iterable[Job], *, at: datetime) -> dict[str, JobState]:
    """Bring `rows` up to date with the declarations; a changed schedule or zone starts anew at `at`."""
    for job in jobs:
        row = rows.get(job.name)
        if row is None or not _matches(row, job):
            rows[job.name] = _write(job, at)
        _known.add(job.name)
    return rows


def since(job: Job) -> datetime | None:
    """Since when the database knows this job as it is declared; None if it does not."""
    rows = JobState.objects.using(database()).filter(job_name=job.name)
    return next((row.since for row in rows if _matches(row, job)), None)


def _matches(row: JobState, job: Job) -> bool:
    return (row.schedule, row.timezone) == (job.schedule or "", job.slots.timezone)


def _write(job: Job, at: datetime) -> JobState:
    values = {"schedule": job.schedule or "", "timezone": job.slots.timezone, "since": at}
    row, _ = JobState.objects.using(database()).update_or_create(job_name=job.name, defaults=values)
    return row


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
