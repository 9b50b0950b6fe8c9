"""The state machine of a run, and the only writer of runs.

    queued --claim--> claimed --begin--> running --finish--> succeeded | failed | cancelled
                         \\-------reap (lease expired)------> failed(lost) | cancelled(once asked)
    failed --claim (tries left, back-off over)--> claimed       skipped --claim--> claimed
    claimed --park (its host has no room)--> queued         claimed --abandon--> failed(submit_failed)
    queued --skip (overlap)--> skipped       queued, claimed --cancel--> cancelled
    queued --expire (too old by now, not ordered)--> failed(submit_failed)
    any end --rerun--> claimed

Each transition is one conditional UPDATE (or INSERT) whose WHERE names the run, the attempt and
the states it may leave; the row count, or the constraint that was hit, decides who won. The
attempt number is the fence and never goes down; `tries` is the budget. The inline executor
claims and begins in one statement.
"""

from __future__ import annotations

import dataclasses
import os
import socket
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from jobs_api import clock
from jobs_api.clock import Moment
from jobs_api.conf import config
from jobs_api.database import alias, committed, rows
from jobs_api.exceptions import InFlight, LeaseLost, LostRace, Overlap
from jobs_api.models import COUNTED, ENDED, HELD, JobAttempt, JobRun, Reason, State
from jobs_api.registry import find as find_job
from jobs_api.registry.job import Job
from jobs_api.runs import attempt_log, sql
from jobs_api.runs.types import ORDERED, RUN_DUE, Ending, Lease, Trigger

# -- claiming ---------------------------------------------------------------------------------


HOST = socket.gethostname()
EXPIRED = "It expired while it waited for room."


def holder() -> str:
    """This process, as the record of an attempt names it."""
    return f"{HOST}:{os.getpid()}"[:150]


def claim(
    job: Job,
    run_date: datetime,
    seen: JobRun | None,
    trigger: Trigger,
    *,
    begin: bool,
    moment: Moment,
    options: dict[str, Any] | None = None,
    rerun: bool = False,
    start_within: float | None = None,
) -> Lease:
    """Take the slot for one attempt, or raise.

    Args:
        seen: the slot's row as it was read, None where there was none.
        begin: begin in the same statement, for an executor that runs the command at once.
        rerun: an operator asks; any end may be left, and tries start from 0.
        start_within: seconds until a claimed attempt has to begin; None is the setting.

    Raises:
        LostRace: the row is not as it was seen: read again.
        Overlap: another run of this exclusive job is held.
    """
    asked = time.monotonic()
    held = {**_hold(job, begin=begin, at=moment.at), **trigger.fields()}
    within = config().start_within_seconds if start_within is None else start_within
    lasts = timedelta(seconds=config().lease_seconds if begin else within)
    try:
        if seen is None or seen.pk is None:
            held["lease_expires_at"] = moment.sql(lasts, alias())
            return _insert(job, run_date, held, options or {}, asked)
        held["lease_expires_at"] = moment.after(lasts)
        return _take(job, seen, held, options, rerun=rerun, asked=asked)
    except IntegrityError:
        raise _collision(job, run_date, seen) from None


def _hold(job: Job, *, begin: bool, at: datetime) -> dict[str, Any]:
    """The columns of a run that is held, but for its deadline."""
    return {
        "state": State.RUNNING.value if begin else State.CLAIMED.value,
        "held_job": job.name if job.exclusive else None,
        "executor": job.executor_name,
        "holder": holder(),
        "claimed_at": at,
        "started_at": at if begin else None,
    }


def _insert(
    job: Job, run_date: datetime, values: dict[str, Any], options: dict[str, Any], asked: float
) -> Lease:
    at = values["claimed_at"]
    values = {"job_name": job.name, "run_date": run_date, "attempt": 1, "created_at": at, **values}
    with committed():
        pk = sql.insert(values, options=options)
    return Lease(pk, 1, job.name, run_date, 0, options, at, asked, values["source"])


def _take(
    job: Job,
    seen: JobRun,
    values: dict[str, Any],
    options: dict[str, Any] | None,
    *,
    rerun: bool,
    asked: float,
) -> Lease:
    """Claim a row that exists; what it held of the attempt before moves to `JobAttempt`."""
    using = alias()
    with transaction.atomic(using, durable=True):
        before = JobRun.objects.using(using).filter(pk=seen.pk).first()
        if before is None:  # pruned meanwhile
            raise LostRace
        kept = before.options if options is None or not rerun else options
        tries = 0 if rerun else seen.tries
        if before.state == State.QUEUED or (before.trigger in ORDERED and values["trigger"] == RUN_DUE):
            values = {**values, **_ordered_by(before, started_by=values["trigger"])}
        claimable = Q(state__in=[State.QUEUED, State.SKIPPED]) | Q(
            state=State.FAILED, tries__lt=job.max_attempts
        )
        leaves = Q(state__in=[State.QUEUED, *ENDED]) if rerun else claimable
        # A parked attempt was given to nobody: it keeps its number.
        number = seen.attempt if seen.attempt and before.state == State.QUEUED else seen.attempt + 1
        updated = (
            JobRun.objects.using(using)
            .filter(leaves, pk=seen.pk, attempt=seen.attempt, state=seen.state)
            .update(**values, **_BLANK, attempt=number, tries=tries, options=kept)
        )
        if not updated:
            raise LostRace
        if before.attempt and before.state != State.QUEUED:
            JobAttempt.objects.using(using).create(run_id=seen.pk, **before.record())
    at = values["claimed_at"]
    source = values["source"]
    return Lease(seen.pk, number, seen.job_name, seen.run_date, tries, kept, at, asked, source)


def _ordered_by(queued: JobRun, *, started_by: str) -> dict[str, str]:
    """Who ordered a run stays on record; what started it is only its courier."""
    kept = {name: getattr(queued, name) for name in ("trigger", "source", "actor", "comment")}
    return {**kept, "note": f"started by {started_by}"}


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


def _collision(job: Job, run_date: datetime, seen: JobRun | None) -> Exception:
    """Which constraint was hit: the slot's (somebody was faster) or the job's (an overlap)."""
    current = rows().filter(job_name=job.name, run_date=run_date).only("id", "attempt", "state").first()
    if _standing(current) != _standing(seen):
        return LostRace()
    # No holder any more: it has ended between the two statements.
    return Overlap(seen) if rows().filter(held_job=job.name).exists() else LostRace()


def _standing(run: JobRun | None) -> tuple[int, str] | None:
    return None if run is None or run.pk is None else (run.attempt, run.state)


def queue(
    job: Job, run_dates: Iterable[datetime], trigger: Trigger, *, at: datetime, options: dict[str, Any]
) -> None:
    """Record slots as wanted; one that has a run already is left as it is."""
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
    rows().bulk_create(wanted, ignore_conflicts=True, batch_size=200)


def skip(
    job: Job, run_date: datetime, trigger: Trigger, *, at: datetime, options: dict[str, Any]
) -> JobRun | None:
    """Record that a slot was left out because the job was running; None if it has a run by now."""
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
    return run


# -- holding ----------------------------------------------------------------------------------


def held(lease: Lease) -> QuerySet[JobRun]:
    """The row while this lease stands: no other attempt has begun, nobody has reaped it."""
    return rows().filter(pk=lease.run_id, attempt=lease.attempt, state__in=HELD)


def begin(lease: Lease, *, moment: Moment) -> None:
    """Begin the attempt: passes once, however often an engine delivers it.

    Raises:
        LeaseLost: it has begun already, or another attempt holds the run.
    """
    lease_until = moment.after(timedelta(seconds=config().lease_seconds))
    if not _claimed(lease).update(
        state=State.RUNNING, started_at=moment.at, lease_expires_at=lease_until, holder=holder()
    ):
        raise LeaseLost


def _claimed(lease: Lease) -> QuerySet[JobRun]:
    return rows().filter(pk=lease.run_id, attempt=lease.attempt, state=State.CLAIMED)


def park(lease: Lease, *, moment: Moment) -> None:
    """Let a claimed attempt wait as queued, for which its host has no room; it keeps its number.

    Raises:
        LeaseLost: it has begun, ended or been reaped meanwhile.
    """
    waits = {"state": State.QUEUED, "next_attempt_at": moment.expression()}
    if not _claimed(lease).update(**waits, held_job=None, lease_expires_at=None, holder="", claimed_at=None):
        raise LeaseLost


def abandon(lease: Lease, error: str, *, moment: Moment) -> bool:
    """Close a claimed attempt that will not begin; it costs no try. False if it has begun or ended."""
    closed = {"state": State.FAILED, "reason": Reason.SUBMIT_FAILED, "error": error[:1000]}
    released = {"held_job": None, "lease_expires_at": None, "next_attempt_at": moment.expression()}
    return bool(_claimed(lease).update(**closed, **released, finished_at=moment.at))


def expire(run: JobRun, *, at: datetime) -> bool:
    """Close a queued run that has become too old: its executor did not take it in time; it costs no try.

    False if it is not queued any more, or an operator ordered it: an order does not expire.
    """
    queued = rows().filter(pk=run.pk, attempt=run.attempt, state=State.QUEUED).exclude(trigger__in=ORDERED)
    closed = {"state": State.FAILED, "reason": Reason.SUBMIT_FAILED, "error": EXPIRED, "finished_at": at}
    return bool(queued.update(**closed, next_attempt_at=None))


def renew(leases: Iterable[Lease], *, now: datetime | None = None) -> int:
    """Renew running leases in one statement; returns how many rows still belonged to them.

    One that has expired without being reaped is renewed too: nobody else has it.
    """
    mine = Q(pk__in=[])
    for lease in leases:
        mine |= Q(pk=lease.run_id, attempt=lease.attempt)
    until = clock.after(now, timedelta(seconds=config().lease_seconds))
    return rows().filter(mine, state=State.RUNNING).update(lease_expires_at=until)


def record_progress(
    lease: Lease, *, progress: tuple[int | None, int | None], output: tuple[bytes, bytes, int]
) -> int:
    """Store what a running attempt has said so far; 0 if it no longer holds the run."""
    return held(lease).update(**_said(progress, output))


def _said(progress: tuple[int | None, int | None], output: tuple[bytes, bytes, int]) -> dict[str, Any]:
    head, tail, size = output
    said = {"output_head": head, "output_tail": tail, "output_size": size} if size else {}
    return (
        said
        if progress == (None, None)
        else {**said, "progress_done": progress[0], "progress_total": progress[1]}
    )


def finish(lease: Lease, ending: Ending, job: Job, *, moment: Moment) -> Ending:
    """Write how the attempt ended and let go of the run; returns the end as it was written.

    Once a cancel was asked, every end but success is `cancelled`. It is never taken back: where the first
    write was kept off by one, it still stands at the second.

    Raises:
        LeaseLost: another attempt holds it, or it was reaped; nothing is written.
    """
    if ending.state != State.FAILED:
        written = sql.update_held(lease, _ended(lease, ending, job, moment))
    else:
        written = sql.update_held(lease, _ended(lease, ending, job, moment), unasked=True)
        if not written:
            ending = dataclasses.replace(ending, state=State.CANCELLED, reason=Reason.CANCELLED)
            written = sql.update_held(lease, _ended(lease, ending, job, moment))
    if not written:
        raise LeaseLost
    return ending


def _ended(lease: Lease, ending: Ending, job: Job, moment: Moment) -> dict[str, Any]:
    """The columns of a run that has ended so."""
    counts = ending.reason in COUNTED
    tries = lease.tries + (counts or ending.reason == Reason.LOST)
    return {
        "state": str(ending.state),
        "reason": str(ending.reason),
        "error": ending.error,
        "finished_at": ending.finished_at,
        "held_job": None,
        "lease_expires_at": None,
        "next_attempt_at": _next_attempt(job, ending, tries, counts=counts, moment=moment),
        "tries": tries,
        **_said(ending.progress, ending.output),
    }


def _next_attempt(job: Job, ending: Ending, tries: int, *, counts: bool, moment: Moment) -> clock.Sql | None:
    """From when the run may be claimed again; None where nothing is left to do."""
    if ending.state != State.FAILED or tries >= job.max_attempts:
        return None
    return moment.sql(job.backoff(tries) if counts else timedelta(0), alias())


# -- reaping ----------------------------------------------------------------------------------


def reap(among: QuerySet[JobRun] | None = None, *, moment: Moment) -> list[JobRun]:
    """Close attempts whose lease has run out as failed(lost), or as cancelled where that was asked; returns
    their runs.

    The UPDATE repeats the deadline: between the look and the write the holder may renew.
    """
    expired = Q(state__in=HELD, lease_expires_at__lt=moment.expression())
    seen = (rows() if among is None else among).filter(expired)
    fields = ("id", "job_name", "run_date", "attempt", "state", "tries", "source")
    return [run for run in seen.only(*fields) if _reap_one(run, expired, moment)]


def _reap_one(run: JobRun, expired: Q, moment: Moment) -> int:
    job = find_job(run.job_name)
    tries = run.tries + (run.state == State.RUNNING)  # an attempt that never began costs none
    retry = job is not None and tries < job.max_attempts
    same = rows().filter(expired, pk=run.pk, attempt=run.attempt, state=run.state)
    closed: dict[str, Any] = {"finished_at": moment.at, "held_job": None, "lease_expires_at": None}
    # A cancel that is asked between the two is found by the second: it is never taken back.
    lost = same.filter(cancel_requested_at=None).update(
        **closed,
        state=State.FAILED,
        reason=Reason.LOST,
        error="" if run.state == State.RUNNING else "Nobody began it in time.",
        next_attempt_at=moment.expression() if retry else None,
        tries=tries,
    )
    if lost:
        attempt_log.lost(run)
    return lost or same.filter(cancel_requested_at__isnull=False).update(
        **closed,
        state=State.CANCELLED,
        reason=Reason.CANCELLED,
        error="Its holder was gone before it could stop.",
        next_attempt_at=None,
    )


# -- operators --------------------------------------------------------------------------------


def cancel(run: JobRun, *, actor: str, at: datetime) -> bool:
    """Cancel a run that has not begun (True), or ask the holder of a running one to stop (False).

    Raises:
        InFlight: it has ended; nothing was changed.
        LostRace: it changed meanwhile: read again.
    """
    note = f"cancel asked by {actor}" if actor else "cancel asked"
    same = rows().filter(pk=run.pk, attempt=run.attempt, state=run.state)
    if run.state in (State.QUEUED, State.CLAIMED):  # a claimed one can no longer begin
        changes: dict[str, Any] = {"state": State.CANCELLED, "reason": Reason.CANCELLED, "finished_at": at}
        released = {"held_job": None, "lease_expires_at": None, "next_attempt_at": None}
        updated = same.update(**changes, **released, note=note)
    elif run.state == State.RUNNING:
        updated = same.update(cancel_requested_at=at, note=note)
    else:
        raise InFlight(f"The run has ended as {run.state}; there is nothing to cancel.")
    if not updated:
        raise LostRace
    return run.state != State.RUNNING
