"""How each job stands: its newest runs beside its schedule."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache

from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand
from django.db.models import OuterRef, Q, QuerySet, Subquery

from jobs_api import clock, conf, database, registry
from jobs_api.models import HELD, JobDeclaration, JobPause, JobRun, Reason, State
from jobs_api.registry import Job
from jobs_api.runs import job_state
from jobs_api.schedule.slots import MOST_TOLERANCE, current_slot
from jobs_api.triggers.ranking import FAILED_AT


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """One job with what is known of it."""

    job: Job
    since: datetime | None
    """From when the database has known it as it is declared; None: it does not yet."""
    pauses: list[JobPause]
    newest_run_date: datetime | None
    failed_at: datetime | None = None
    """When the newest run was tried, if that failed."""

    @property
    def paused(self) -> bool:
        """Whether it is paused now."""
        return any(pause.ended_at is None for pause in self.pauses)

    @property
    def last_pause(self) -> JobPause | None:
        """The newest one, over or not, within the retention."""
        return max(self.pauses, key=lambda pause: (pause.started_at, pause.pk), default=None)

    def counts(self, slot: datetime) -> bool:
        """Whether this slot is missed where it has no run: it passed while known and not paused."""
        known = self.since is not None and slot >= self.since
        return known and not any(pause.covers(slot) for pause in self.pauses)

    def missed_slot(self, now: datetime) -> datetime | None:
        """The newest slot that should have a run by now, its grace included, and has none."""
        if self.job.schedule is None or self.paused:
            return None
        slot = current_slot(self.job.slots, now - self.job.grace_at(now), early=False)
        if slot is None or not self.counts(slot):
            return None
        return None if self.newest_run_date is not None and self.newest_run_date >= slot else slot


def standings(
    *, now: datetime | None = None, names: Iterable[str] | None = None
) -> tuple[datetime, list[Standing]]:
    """What time it is, and all declared jobs, or those named: two statements however many runs are stored.

    It writes nothing: a job that the database does not know as it is declared has missed nothing so far.
    A run that is stored ahead of the database's clock says nothing of what was due by now.
    """
    come = _come(database.rows().filter(job_name=OuterRef("job_name")), now)
    newest = come.order_by("-run_date")
    failed_at = newest.annotate(failed_at=FAILED_AT).values("failed_at")
    known = JobDeclaration.objects.using(database.database()).annotate(
        newest=Subquery(newest.values("run_date")[:1]),
        failed_at=Subquery(failed_at[:1]),
        read_at=clock.moment(now),
    )
    asked, found = time.monotonic(), list(known.values_list(*_STANDING))
    at = now or (clock.hear(found[0][-1], asked) if found else database.now())
    by_name = {row[0]: row[4:6] for row in found}
    since: dict[job_state.Declared, datetime] = {row[:3]: row[3] for row in found}
    chosen = None if names is None else set(names)
    wanted = [job for job in registry.jobs() if chosen is None or job.name in chosen]
    pauses = job_state.pauses(since=at - timedelta(days=conf.config().retention_days))
    return at, [
        Standing(
            job,
            since.get(job_state.declared(job)),
            pauses.get(job.name, []),
            *by_name.get(job.name, (None, None)),
        )
        for job in wanted
    ]


_STANDING = ("job_name", "schedule", "timezone", "since", "newest", "failed_at", "read_at")


def _come(found: QuerySet[JobRun], now: datetime | None) -> QuerySet[JobRun]:
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
    newest = _come(newest, now)
    names = [job.name for job in jobs]
    known = JobDeclaration.objects.using(database.database()).filter(job_name__in=names)
    pks = known.annotate(run_pk=Subquery(newest.using(database.database()).values("pk")[:1])).values("run_pk")
    return {run.job_name: run for run in shown(database.rows().filter(pk__in=pks), now)}


def shown(found: QuerySet[JobRun], now: datetime | None) -> QuerySet[JobRun]:
    """Runs as readers see them: without output, and lost as soon as their lease is over."""
    return found.defer("output_head", "output_tail").annotate(lease_over=lease_over(now))  # type: ignore[no-redef]


def lease_over(now: datetime | None) -> Q:
    """Held, but the holder has gone silent."""
    return Q(state__in=HELD, lease_expires_at__isnull=False, lease_expires_at__lt=clock.moment(now))


def in_state(state: str) -> Q:
    """Runs in a state as readers see it: a silent holder's run is failed already."""
    over = lease_over(None)
    if state in HELD:
        return Q(state=state) & ~over
    return Q(state=state) | over if state == State.FAILED else Q(state=state)


def verdict(standing: Standing, newest_started: JobRun | None, now: datetime) -> str:
    """ "paused", "missed", "failing" or "ok"."""
    if standing.paused:
        return "paused"
    if standing.missed_slot(now) or _waits_too_long(standing.job, newest_started, now):
        return "missed"
    return "failing" if is_failing(newest_started) else "ok"


def _waits_too_long(job: Job, newest_started: JobRun | None, now: datetime) -> bool:
    """Whether an engine has had the newest run for longer than the job's grace, and nobody has begun it."""
    if newest_started is None or newest_started.state != State.CLAIMED or newest_started.claimed_at is None:
        return False
    return now - newest_started.claimed_at > job.grace_at(now)


def is_failing(newest_started: JobRun | None) -> bool:
    """Whether the newest started slot ended failed or lost."""
    return newest_started is not None and (newest_started.state == State.FAILED or newest_started.lease_over)


def state_of(run: JobRun) -> tuple[str, str]:
    """A run's state and reason as readers see them."""
    return (State.FAILED, Reason.LOST) if run.lease_over else (run.state, run.reason)


def is_lost(run: JobRun) -> bool:
    """Whether this run's holder has gone silent, by the database's clock."""
    return run.state in HELD and database.rows().filter(lease_over(None), pk=run.pk).exists()


@cache
def description(job: Job) -> str:
    """What the job does, for people: its own words, else the command's help text."""
    if job.description:
        return job.description
    app = get_commands().get(job.command)
    if app is None:
        return ""
    command = app if isinstance(app, BaseCommand) else load_command_class(app, job.command)
    return " ".join(command.help.split())
