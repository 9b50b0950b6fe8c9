"""Runs as readers see them: a held run whose lease is over is lost, also before it is reaped."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from jobs_api import clock, database
from jobs_api.models import HELD, JobDeclaration, JobRun, Reason, State
from jobs_api.schedule.slots import MOST_TOLERANCE

FAILED_AT = Case(When(Q(state=State.FAILED), then=Coalesce("started_at", "claimed_at", "finished_at")))
"""When a run that failed was tried; NULL for one that did not fail."""
NOT_STARTED = (State.QUEUED, State.SKIPPED)


def come(found: QuerySet[JobRun], now: datetime | None) -> QuerySet[JobRun]:
    """Without those that are stored further ahead of the database's clock than a trigger may come early."""
    return found.filter(run_date__lte=clock.after(now, MOST_TOLERANCE))


class Seen(Protocol):
    """A run of which is known what became of it."""

    @property
    def state(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def lease_over(self) -> bool: ...


class Newest(NamedTuple):
    """The newest runs of one job."""

    run: JobRun
    """Whatever its state."""
    started: JobRun | None
    """The newest one that was started: neither queued nor skipped."""


def newest_of_each(names: Iterable[str] | None, now: datetime | None) -> dict[str, Newest]:
    """The newest runs of each job, or of those named: one statement, two looks into the index per job."""
    known = JobDeclaration.objects.using(database.alias())
    known = known if names is None else known.filter(job_name__in=list(names))
    runs = come(JobRun.objects.filter(job_name=OuterRef("job_name")).order_by("-run_date"), now)
    pks = _first(known, runs).union(_first(known, runs.exclude(state__in=NOT_STARTED)))
    newest: dict[str, Newest] = {}
    for run in shown(database.rows().filter(pk__in=pks), now).order_by("run_date"):
        before = newest.get(run.job_name)
        started = run if run.state not in NOT_STARTED else before and before.started
        newest[run.job_name] = Newest(run, started)
    return newest


def _first(known: QuerySet[JobDeclaration], runs: QuerySet[JobRun]) -> QuerySet[Any, Any]:
    return known.annotate(run_pk=Subquery(runs.using(database.alias()).values("pk")[:1])).values("run_pk")


def find(pk: int) -> JobRun | None:
    """The run of this id, as readers see it."""
    return shown(database.rows().filter(pk=pk), None).first()


def errors(pks: Iterable[int]) -> dict[int, str]:
    """The errors of those of these runs that failed: one statement; none for no runs."""
    wanted = set(pks)
    if not wanted:
        return {}
    return dict(database.rows().filter(pk__in=wanted, state=State.FAILED).values_list("pk", "error"))


def whole(pks: Collection[int]) -> dict[int, JobRun]:
    """These runs by their ids, as readers see them: one statement; none for no runs."""
    return {run.pk: run for run in shown(database.rows().filter(pk__in=pks), None)} if pks else {}


def newest(job_name: str, now: datetime | None = None) -> JobRun | None:
    """The newest run of the job, declared or not, as readers see it."""
    found = come(database.rows().filter(job_name=job_name), now)
    return shown(found, now).order_by("-run_date").first()


def shown(found: QuerySet[JobRun], now: datetime | None) -> QuerySet[JobRun]:
    """Runs as readers see them: without output, and lost as soon as their lease is over."""
    return by_clock(found, now).defer("output_head", "output_tail")


def by_clock(found: QuerySet[JobRun], now: datetime | None) -> QuerySet[JobRun]:
    """Runs with what only the database's clock can decide: `lease_over` and `backing_off`."""
    backing_off = Q(next_attempt_at__isnull=False, next_attempt_at__gt=clock.expression(now))
    seen = {"lease_over": _lease_over(now), "backing_off": backing_off}
    return found.annotate(**seen)


def _lease_over(now: datetime | None) -> Q:
    """Whether the run is held, but its holder is silent."""
    return Q(state__in=HELD, lease_expires_at__isnull=False, lease_expires_at__lt=clock.expression(now))


def in_state(state: str) -> Q:
    """Runs in a state as readers see it: a silent holder's run counts as failed."""
    over = _lease_over(None)
    if state in HELD:
        return Q(state=state) & ~over
    return Q(state=state) | over if state == State.FAILED else Q(state=state)


def state_of(run: Seen) -> tuple[str, str]:
    """A run's state and reason as readers see them."""
    return (State.FAILED, Reason.LOST) if run.lease_over else (run.state, run.reason)
