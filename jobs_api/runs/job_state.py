"""What the database knows about a job: since when it is declared like this, and when it was paused.

Known-since is kept per declaration: name, schedule and zone. Two of them at once, in a rolling deploy or with
a forgotten worker, do not reset each other; going back to an earlier one finds it known. Readers write
nothing: a migration, a trigger and run-due make jobs known.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from django.db.models import OuterRef, QuerySet, Subquery

from jobs_api import clock, conf, database, registry
from jobs_api.database import alias
from jobs_api.models import JobDeclaration, JobPause
from jobs_api.registry.job import Job
from jobs_api.runs.glances import Known
from jobs_api.runs.pausing import pauses
from jobs_api.runs.readers import FAILED_AT, come
from jobs_api.schedule.slots import current_slot

Declared = tuple[str, str, str]
"""Name, schedule, zone."""

_known: set[Declared] = set()
"""Declarations whose row this process has read: a warm process does not read it again."""


def forget() -> None:
    """Read again, in a test or after a fork."""
    _known.clear()


def declared(job: Job) -> Declared:
    """The parts of a job on which its slots depend."""
    return job.name, job.schedule or "", job.slots.timezone


def know(job: Job, *, at: datetime) -> None:
    """Record this job's declaration in the database; once per process."""
    if declared(job) not in _known:
        _learn([job], JobDeclaration.objects.using(alias()).filter(job_name=job.name), at)


def know_all(*, at: datetime) -> None:
    """Record the declarations of all jobs in the database."""
    jobs = [job for job in registry.jobs() if declared(job) not in _known]
    if jobs:
        _learn(jobs, JobDeclaration.objects.using(alias()), at)


def _learn(jobs: list[Job], rows: QuerySet[JobDeclaration], at: datetime) -> None:
    """Insert those that are missing; one that is there, perhaps by another process, keeps its `since`."""
    there = set(rows.values_list("job_name", "schedule", "timezone"))
    missing = [_row(job, at) for job in jobs if declared(job) not in there]
    if missing:
        rows.bulk_create(missing, ignore_conflicts=True, batch_size=200)
    _known.update(map(declared, jobs))


def _row(job: Job, at: datetime) -> JobDeclaration:
    name, schedule, zone = declared(job)
    return JobDeclaration(job_name=name, schedule=schedule, timezone=zone, since=at)


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """One job with what is known of it."""

    job: Job
    since: datetime | None
    """From when the database has known it as it is declared; None: it does not yet."""
    pauses: list[JobPause]
    pause: JobPause | None
    """The one that is in force."""
    newest_run_date: datetime | None
    failed_at: datetime | None = None
    """When the newest run was tried, if that failed."""

    @property
    def unknown(self) -> bool:
        """Whether it is due at times, and can miss none of them, because no row says since when."""
        return self.since is None and self.job.schedule is not None

    @property
    def paused(self) -> bool:
        """Whether it is paused now."""
        return self.pause is not None

    @property
    def last_pause(self) -> JobPause | None:
        """The newest one, over or not, within the retention."""
        return max(self.pauses, key=lambda pause: (pause.started_at, pause.pk), default=None)

    def counts(self, slot: datetime) -> bool:
        """Whether this slot is missed where it has no run: it passed while known and not paused."""
        known = self.since is not None and slot >= self.since
        return known and not any(pause.covers(slot) for pause in self.pauses)

    def waiting_since(self, queued_since: datetime) -> datetime:
        """Since when a queued slot waits: what waited for the end of a pause has waited for nobody else."""
        ends = [pause.ended_at or pause.until for pause in self.pauses]
        return queued_since if self.paused else max([queued_since, *filter(None, ends)])

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
    A run that is stored ahead of the database's clock does not count as what was due by now.
    """
    past = come(database.rows().filter(job_name=OuterRef("job_name")), now)
    newest = past.order_by("-run_date")
    failed_at = newest.annotate(failed_at=FAILED_AT).values("failed_at")
    known = JobDeclaration.objects.using(alias()).annotate(
        newest=Subquery(newest.values("run_date")[:1]),
        failed_at=Subquery(failed_at[:1]),
        read_at=clock.expression(now),
    )
    sent_at, found = time.monotonic(), list(known.values_list(*_STANDING))
    at = now or (clock.note_reading(found[0][-1], sent_at) if found else database.now())
    by_name = {row[0]: row[4:6] for row in found}
    since: dict[Declared, datetime] = {row[:3]: row[3] for row in found}
    chosen = None if names is None else set(names)
    wanted = [job for job in registry.jobs() if chosen is None or job.name in chosen]
    return at, _standings(wanted, since, by_name, at)


def standings_of(jobs: Iterable[Job], known: Collection[Known], at: datetime) -> list[Standing]:
    """The same of these jobs, from what `runs.glances` has read: one statement."""
    newest = {each.name: (each.newest and each.newest.run_date, each.failed_at) for each in known}
    return _standings(jobs, {each[:3]: each.since for each in known}, newest, at)


def _standings(
    jobs: Iterable[Job],
    since: Mapping[Declared, datetime],
    newest: Mapping[str, tuple[datetime | None, datetime | None]],
    at: datetime,
) -> list[Standing]:
    """Reads the pauses: one statement.

    Args:
        newest: of each job the slot of its newest run, and when that was tried, if it failed.
    """
    paused = pauses(since=at - timedelta(days=conf.config().retention_days))
    return [
        Standing(
            job,
            since.get(declared(job)),
            found := paused.get(job.name, []),
            next((pause for pause in found if pause.is_in_force(at)), None),
            *newest.get(job.name, (None, None)),
        )
        for job in jobs
    ]


_STANDING = ("job_name", "schedule", "timezone", "since", "newest", "failed_at", "read_at")
