"""Runs as readers see them: a held run whose lease is over is lost, whoever has not reaped it yet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from jobs_api import clock, database
from jobs_api.models import HELD, JobDeclaration, JobRun, Reason, State
from jobs_api.registry.job import Job
from jobs_api.schedule.slots import MOST_TOLERANCE

FAILED_AT = Case(When(Q(state=State.FAILED), then=Coalesce("started_at", "claimed_at", "finished_at")))
"""When a run that failed was tried; NULL for one that did not fail."""


def come(found: QuerySet[JobRun], now: datetime | None) -> QuerySet[JobRun]:
    """Without those that are stored further ahead of the database's clock than a trigger may come early."""
    return found.filter(run_date__lte=clock.after(now, MOST_TOLERANCE))


def last_runs(jobs: Iterable[Job], now: datetime | None) -> dict[str, JobRun]:
    """The newest run of each job, without its output: one look into the index per job."""
    newest = JobRun.objects.filter(job_name=OuterRef("job_name")).order_by("-run_date")
    return _one_each(newest, jobs, now)


def last_started(jobs: Iterable[Job], now: datetime | None) -> dict[str, JobRun]:
    """The newest run of each job that was started: neither queued nor skipped."""
    started = JobRun.objects.filter(job_name=OuterRef("job_name")).exclude(
        state__in=[State.QUEUED, State.SKIPPED]
    )
    return _one_each(started.order_by("-run_date"), jobs, now)


def _one_each(newest: QuerySet[JobRun], jobs: Iterable[Job], now: datetime | None) -> dict[str, JobRun]:
    newest = come(newest, now)
    names = [job.name for job in jobs]
    known = JobDeclaration.objects.using(database.alias()).filter(job_name__in=names)
    pks = known.annotate(run_pk=Subquery(newest.using(database.alias()).values("pk")[:1])).values("run_pk")
    return {run.job_name: run for run in shown(database.rows().filter(pk__in=pks), now)}


def shown(found: QuerySet[JobRun], now: datetime | None) -> QuerySet[JobRun]:
    """Runs as readers see them: without output, and lost as soon as their lease is over."""
    return by_clock(found, now).defer("output_head", "output_tail")


def by_clock(found: QuerySet[JobRun], now: datetime | None) -> QuerySet[JobRun]:
    """Runs with what the database's clock tells of them: `lease_over` and `backing_off`."""
    backing_off = Q(next_attempt_at__isnull=False, next_attempt_at__gt=clock.expression(now))
    seen = {"lease_over": _lease_over(now), "backing_off": backing_off}
    return found.annotate(**seen)


def _lease_over(now: datetime | None) -> Q:
    """Held, but the holder has gone silent."""
    return Q(state__in=HELD, lease_expires_at__isnull=False, lease_expires_at__lt=clock.expression(now))


def in_state(state: str) -> Q:
    """Runs in a state as readers see it: a silent holder's run is failed already."""
    over = _lease_over(None)
    if state in HELD:
        return Q(state=state) & ~over
    return Q(state=state) | over if state == State.FAILED else Q(state=state)


def state_of(run: JobRun) -> tuple[str, str]:
    """A run's state and reason as readers see them."""
    return (State.FAILED, Reason.LOST) if run.lease_over else (run.state, run.reason)


def is_lost(run: JobRun) -> bool:
    """Whether this run's holder has gone silent, by the database's clock."""
    return run.state in HELD and database.rows().filter(_lease_over(None), pk=run.pk).exists()
