"""Transitions that make a run or take one: claim, queue, skip."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connections, transaction
from django.db.models import Q, QuerySet

from jobs_api.clock import Moment
from jobs_api.conf import config
from jobs_api.database import alias, committed, rows
from jobs_api.exceptions import LostRace, Overlap
from jobs_api.models import ENDED, JobAttempt, JobRun, State
from jobs_api.registry.job import Job
from jobs_api.runs import events, sql
from jobs_api.runs.state_machine import holder
from jobs_api.runs.types import ORDERED, RUN_DUE, Claim, Lease, Trigger


def claim(wanted: Claim, seen: JobRun | None, *, moment: Moment) -> Lease:
    """Take the slot for one attempt, or raise.

    Args:
        seen: the slot's row as it was read; None if there was none.

    Raises:
        LostRace: the row has changed since it was read: read it again.
        Overlap: another run of this exclusive job is held.
    """
    sent_at = time.monotonic()
    try:
        if seen is None or seen.pk is None:
            return _insert(wanted, moment, sent_at)
        return _take(wanted, seen, moment, sent_at)
    except IntegrityError:
        raise _collision(wanted, seen) from None


def _insert(wanted: Claim, moment: Moment, sent_at: float) -> Lease:
    """Insert the slot's run, held by its first attempt."""
    job, slot, options = wanted.job, wanted.run_date, wanted.options or {}
    begun = {"job_name": job.name, "run_date": slot, "attempt": 1, "created_at": moment.at}
    held = _hold(wanted, moment.at) | wanted.trigger.fields()
    held["lease_expires_at"] = moment.sql(_lasts(wanted), connections[alias()])
    with committed() if wanted.along is None else transaction.atomic(alias(), durable=True):
        pk = sql.insert(begun | held, options=options)
        lease = Lease(pk, 1, job.name, slot, 0, options, moment.at, sent_at, *_origin(held))
        if wanted.along is not None:
            wanted.along(lease)
    return lease


def _take(wanted: Claim, seen: JobRun, moment: Moment, sent_at: float) -> Lease:
    """Claim an existing row; the previous attempt moves to `JobAttempt`."""
    using = alias()
    with transaction.atomic(using, durable=True):
        before = JobRun.objects.using(using).filter(pk=seen.pk).first()
        if before is None:  # pruned meanwhile
            raise LostRace
        kept = before.options if wanted.options is None or not wanted.rerun else wanted.options
        tries = 0 if wanted.rerun else seen.tries
        # No executor got a parked attempt: it keeps its number.
        number = seen.attempt if seen.attempt and before.state == State.QUEUED else seen.attempt + 1
        values = _hold(wanted, moment.at) | _ordered_by(wanted.trigger, before) | _BLANK
        values |= {"lease_expires_at": moment.after(_lasts(wanted)), "attempt": number, "tries": tries}
        if not _may_be_left(wanted, seen).update(**values, options=kept):
            raise LostRace
        _supersede(before)
        slot, origin = (seen.job_name, seen.run_date), _origin(values)
        lease = Lease(seen.pk, number, *slot, tries, kept, moment.at, sent_at, *origin)
        if wanted.along is not None:
            wanted.along(lease)
    return lease


def _origin(columns: dict[str, Any]) -> tuple[str, str, str, str]:
    """Where an attempt comes from, as a lease takes it."""
    return columns["source"], columns["trigger"], columns["actor"], columns["traceparent"]


def _hold(wanted: Claim, at: datetime) -> dict[str, Any]:
    """The columns of a held run, without its deadline."""
    job = wanted.job
    return {
        "state": State.RUNNING.value if wanted.begin else State.CLAIMED.value,
        "held_job": job.name if job.exclusive else None,
        "executor": job.executor_name,
        "holder": holder(),
        "claimed_at": at,
        "started_at": at if wanted.begin else None,
    }


def _lasts(wanted: Claim) -> timedelta:
    """How long the claim lasts if it is neither renewed nor begun."""
    if wanted.begin:
        return timedelta(seconds=config().lease_seconds)
    within = wanted.start_within
    return timedelta(seconds=config().start_within_seconds if within is None else within)


def _ordered_by(trigger: Trigger, before: JobRun) -> dict[str, str]:
    """Who triggered the attempt; who ordered a run stays on record, what started it is only its courier."""
    fields = trigger.fields()
    if before.state != State.QUEUED and not (before.trigger in ORDERED and trigger.kind == RUN_DUE):
        return fields
    kept = {name: getattr(before, name) for name in ("trigger", "source", "actor", "comment")}
    context = before.traceparent or fields["traceparent"]
    return {**kept, "traceparent": context, "note": f"started by {trigger.kind}"}


_BLANK: dict[str, Any] = {
    "reason": "",
    "error": "",
    "finished_at": None,
    "next_attempt_at": None,
    "cancel_requested_at": None,
    "progress_done": None,
    "progress_total": None,
    "output_head": b"",
    "output_tail": b"",
    "output_size": 0,
}
"""A claim starts the columns of the newest attempt afresh."""


def _may_be_left(wanted: Claim, seen: JobRun) -> QuerySet[JobRun]:
    """The row, if it has not changed since it was read and its state may be left by this claim."""
    claimable = Q(state__in=[State.QUEUED, State.SKIPPED])
    claimable |= Q(state=State.FAILED, tries__lt=wanted.job.max_attempts)
    leaves = Q(state__in=[State.QUEUED, *ENDED]) if wanted.rerun else claimable
    return rows().filter(leaves, pk=seen.pk, attempt=seen.attempt, state=seen.state)


def _supersede(before: JobRun) -> None:
    """Store the record of the previous attempt, if there was one."""
    if before.attempt and before.state != State.QUEUED:
        JobAttempt.objects.using(alias()).create(run_id=before.pk, **before.record())


def _collision(wanted: Claim, seen: JobRun | None) -> Exception:
    """Find out which constraint failed: the slot's (another process was faster) or the job's (an overlap)."""
    slot = rows().filter(job_name=wanted.job.name, run_date=wanted.run_date)
    if _standing(slot.only("id", "attempt", "state").first()) != _standing(seen):
        return LostRace()
    # No holder any more: it has ended between the two statements.
    return Overlap(seen) if rows().filter(held_job=wanted.job.name).exists() else LostRace()


def _standing(run: JobRun | None) -> tuple[int, str] | None:
    return None if run is None or run.pk is None else (run.attempt, run.state)


def queue(
    job: Job,
    run_dates: Iterable[datetime],
    trigger: Trigger,
    *,
    at: datetime,
    options: dict[str, Any],
    along: Callable[[int], None] = lambda number: None,
) -> None:
    """Insert queued runs for slots; a slot that already has a run is not changed.

    Args:
        along: called in the same transaction with the number of runs that were inserted.
    """
    wanted = [
        JobRun(
            job_name=job.name,
            run_date=run_date,
            state=State.QUEUED,
            created_at=at,
            next_attempt_at=at,
            options=options,
            **trigger.fields(),
        )
        for run_date in run_dates
    ]
    with transaction.atomic(alias()):
        rows().bulk_create(wanted, ignore_conflicts=True, batch_size=200)
        along(_made(wanted))
    events.queued(job.name, [run.run_date for run in wanted], trigger, at=at)


def _made(wanted: list[JobRun]) -> int:
    """How many of these runs were inserted: no database tells where it leaves out what is there already."""
    if not wanted:
        return 0
    slots = [run.run_date for run in wanted]
    ours = rows().filter(job_name=wanted[0].job_name, run_date__gte=min(slots), run_date__lte=max(slots))
    return ours.filter(state=State.QUEUED, attempt=0, created_at=wanted[0].created_at).count()


def skip(
    job: Job, run_date: datetime, trigger: Trigger, *, at: datetime, options: dict[str, Any]
) -> JobRun | None:
    """Record that a slot was skipped because the job was running; None if it already has a run."""
    run = JobRun(
        job_name=job.name,
        run_date=run_date,
        state=State.SKIPPED,
        options=options,
        created_at=at,
        finished_at=at,
        **trigger.fields(),
    )
    try:
        with committed():
            run.save(force_insert=True, using=alias())
    except IntegrityError:
        return None
    events.skipped(run, trigger)
    return run
