"""Recorded runs that wait for an attempt: queued slots, retries, and what a dead holder left behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from jobs_api import clock, database
from jobs_api.conf import config
from jobs_api.models import HELD, JobRun, State
from jobs_api.registry.job import Job
from jobs_api.runs.readers import by_clock
from jobs_api.runs.types import ORDERED

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def oldest(job: Job, at: datetime, *, ordered: bool) -> datetime:
    """Slots before this are no longer started.

    Args:
        ordered: whether an operator ordered the slot.
    """
    retention = config().retention_days * 86400
    return at - timedelta(seconds=retention if ordered else min(job.expires or retention, retention))


def waits(run: JobRun, job: Job) -> bool:
    """Whether the run wants an attempt, now or when its back-off is over; `run` is read by `by_clock`."""
    if run.state in HELD:
        return run.lease_over and run.cancel_requested_at is None
    if run.next_attempt_at is None:
        return False
    return run.state == State.QUEUED or (run.state == State.FAILED and run.tries < job.max_attempts)


def waiting(jobs: Collection[Job], *, at: datetime, now: datetime | None = None) -> Counter[str]:
    """How many runs of each job wait for an attempt and are not too old for it: one statement.

    Args:
        at: what time it is.
        now: for tests; None is the database's clock.
    """
    by_name = {job.name: job for job in jobs}
    if not by_name:
        return Counter()
    # Without names, and with a lower bound: else SQLite reads all runs instead of its two small indexes.
    found = database.rows().filter(
        Q(next_attempt_at__isnull=False, next_attempt_at__gte=EPOCH)
        | Q(lease_expires_at__isnull=False, lease_expires_at__lt=clock.expression(now))
    )
    read = ("job_name", "run_date", "state", "tries", "trigger", "next_attempt_at", "cancel_requested_at")
    counted: Counter[str] = Counter()
    for run in by_clock(found.only(*read), now).iterator():
        job = by_name.get(run.job_name)
        if job is None or run.run_date < oldest(job, at, ordered=run.trigger in ORDERED):
            continue
        counted[job.name] += waits(run, job)
    return counted
