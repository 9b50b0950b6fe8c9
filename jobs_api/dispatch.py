"""One trigger: find the slot, claim it, submit it. Every entrance comes here.

The decision is made on what was read; the claim's constraints and conditional updates make it
hold. Where another trigger was faster, the row is read again and decided anew.
"""

from __future__ import annotations

import dataclasses
import math
import time
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from jobs_api import executors, lookup, runs, states, storage
from jobs_api.conf import config
from jobs_api.exceptions import (
    AlreadyRunning,
    AlreadySucceeded,
    AttemptsExhausted,
    DatabaseBusy,
    Expired,
    LeaseLost,
    LostRace,
    Overlap,
    Paused,
    Refusal,
    RetryLater,
    SlotCancelled,
    SubmitFailed,
)
from jobs_api.heartbeat import heartbeat
from jobs_api.leases import Ending, Lease, Trigger
from jobs_api.models import HELD, IN_FLIGHT, JobRun, Reason, State
from jobs_api.registry import Job

POLL_SECONDS = 0.3


@dataclasses.dataclass(frozen=True, slots=True)
class RunSummary:
    """What an answer says of a run."""

    id: int
    state: str
    attempt: int
    reason: str
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, run: JobRun) -> RunSummary:
        """From its row."""
        if run.lease_over:  # nobody has reaped it yet: to its readers it is lost already
            return cls(run.pk, State.FAILED, run.attempt, Reason.LOST, run.started_at, None)
        return cls(run.pk, run.state, run.attempt, run.reason, run.started_at, run.finished_at)

    @classmethod
    def ended(cls, lease: Lease, ending: Ending) -> RunSummary:
        """From the attempt that this process has just run: no need to read it again."""
        return cls(
            lease.run_id, ending.state, lease.attempt, ending.reason, lease.started_at, ending.finished_at
        )

    @property
    def duration_ms(self) -> int | None:
        """How long the attempt took."""
        if self.started_at is None or self.finished_at is None:
            return None
        return round((self.finished_at - self.started_at).total_seconds() * 1000)


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """What one trigger led to."""

    outcome: str
    job: Job
    run_date: datetime
    run: RunSummary | None = None
    retry_after: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """One trigger with what it may do."""

    job: Job
    run_date: datetime
    trigger: Trigger
    options: dict[str, Any] | None = None
    force: bool = False
    """Rerun whatever ended, or start; ignores pause and `expires`, never the retention."""
    ordered: bool = False
    """The slot was ordered by a backfill: it ignores pause and `expires` too."""
    records_skip: bool = True
    """Whether an overlap is recorded as `skipped`; not for catch-up, whose slot stays due."""
    wait: float = 0
    """Seconds to wait for a run that another trigger holds."""
    wait_own: float | None = None
    """Seconds to wait for its own attempt, where that runs off the request; None is the setting."""


def dispatch(request: Request, *, now: datetime | None = None) -> Result:
    """Carry out one trigger.

    Args:
        now: for tests; the database's clock compares deadlines where it is None.

    Raises:
        DatabaseBusy: other triggers kept changing the row; nothing was acknowledged.
    """
    give_up = time.monotonic() + request.wait
    while True:
        result = _once(request, now)
        if result.outcome != AlreadyRunning.outcome or time.monotonic() >= give_up:
            return result
        _wait_while_held(request, give_up, now)


def _wait_while_held(request: Request, give_up: float, now: datetime | None) -> None:
    while time.monotonic() < give_up:
        time.sleep(min(POLL_SECONDS, max(give_up - time.monotonic(), 0)))
        run, _ = lookup.find(request.job.name, request.run_date, now=now)
        if run is None or run.state not in HELD or run.lease_over:
            return


def _once(request: Request, now: datetime | None) -> Result:
    for _ in range(10):
        run, paused = lookup.find(request.job.name, request.run_date, now=now)
        try:
            lease = _claim(request, run, paused, now)
        except LostRace:
            continue
        except Overlap:
            answer = _overlap(request, run, now or timezone.now())
        except Refusal as refusal:
            answer = _refused(request, refusal)
        else:
            answer = _submit(request, lease, now)
        if answer is not None:
            return answer
    raise DatabaseBusy


def _claim(request: Request, run: JobRun | None, paused: bool, now: datetime | None) -> Lease:
    job, at = request.job, now or timezone.now()
    _refuse(request, run, paused=paused, at=at)
    if run is not None and run.state in HELD:
        reap(storage.rows().filter(pk=run.pk), now=now, at=at)
        raise LostRace  # whether it was reaped just now or by another: the row tells
    states.know(job, at=at)
    begin = executors.load(job.executor_name).in_request
    try:
        return runs.claim(
            job,
            request.run_date,
            run,
            request.trigger,
            begin=begin,
            now=now,
            at=at,
            options=request.options,
            rerun=request.force,
        )
    except Overlap:
        if reap(storage.rows().filter(held_job=job.name), now=now, at=at):
            raise LostRace from None  # the way is free now: decide again
        raise


def reap(among: QuerySet[JobRun], *, now: datetime | None, at: datetime) -> list[JobRun]:
    """Reap those whose lease is over, but none that is alive in this process.

    A command that holds SQLite's write lock keeps its own heartbeat waiting, too.
    """
    return runs.reap(among.exclude(heartbeat.alive()), now=now, at=at)


def _refuse(request: Request, run: JobRun | None, *, paused: bool, at: datetime) -> None:
    """Raise the first refusal of the contract's table that applies, from top to bottom."""
    insists = request.force or request.ordered
    if paused and not insists:
        raise Paused(run)
    if run is not None:
        _refuse_by_state(request, run)
    if at - request.run_date > timedelta(days=config().retention_days):
        raise Expired(run)
    if not insists and _older_than(request.job.expires, request.run_date, at):
        raise Expired(run)
    if run is not None and run.state == State.FAILED and run.backing_off and not request.force:
        raise RetryLater(run, retry_after=_seconds_until(run.next_attempt_at, at))


def _refuse_by_state(request: Request, run: JobRun) -> None:
    if run.state in HELD and (not run.lease_over or heartbeat.holds(run.pk, run.attempt)):
        raise AlreadyRunning(run, retry_after=math.ceil(config().renew_seconds))
    if request.force:
        return
    if run.state == State.SUCCEEDED:
        raise AlreadySucceeded(run)
    if run.state == State.CANCELLED:
        raise SlotCancelled(run)
    if run.state == State.FAILED and run.tries >= request.job.max_attempts:
        raise AttemptsExhausted(run)


def _older_than(seconds: float | None, run_date: datetime, at: datetime) -> bool:
    return seconds is not None and (at - run_date).total_seconds() > seconds


def _seconds_until(instant: datetime | None, at: datetime) -> int:
    return 1 if instant is None else max(math.ceil((instant - at).total_seconds()), 1)


def _overlap(request: Request, run: JobRun | None, at: datetime) -> Result | None:
    """Answer an overlap, recorded where there is no run yet; None if there is one by now."""
    if run is None and request.records_skip and not request.force:
        run = runs.skip(request.job, request.run_date, request.trigger, at=at, options=request.options or {})
        if run is None:
            return None
    return _refused(request, Overlap(run))


def _refused(request: Request, refusal: Refusal) -> Result:
    run = None if refusal.run is None else RunSummary.of(refusal.run)
    return Result(refusal.outcome, request.job, request.run_date, run, refusal.retry_after)


def _submit(request: Request, lease: Lease, now: datetime | None) -> Result:
    job = request.job
    try:
        ending = executors.load(job.executor_name).submit(job, lease)
    except SubmitFailed as error:
        return _close(request, lease, error, now)
    except LeaseLost:
        return _taken_over(request, now)
    if ending is None:
        return _await_end(request, lease, now)
    return Result(str(ending.state), job, lease.run_date, RunSummary.ended(lease, ending))


def _close(request: Request, lease: Lease, error: SubmitFailed, now: datetime | None) -> Result:
    """Close an attempt that nobody took, so that the caller's retry can claim the next one at once."""
    at = now or timezone.now()
    ending = Ending(State.FAILED, Reason.SUBMIT_FAILED, str(error)[:1000], finished_at=at)
    try:
        runs.finish(lease, ending, request.job, now=now)
    except LeaseLost:
        return _taken_over(request, now)
    run = RunSummary.ended(lease, ending)
    return Result("submit_failed", request.job, lease.run_date, run, retry_after=10)


def _taken_over(request: Request, now: datetime | None) -> Result:
    """Another attempt holds the slot by now, or a reaper has closed this one."""
    run, _ = lookup.find(request.job.name, request.run_date, now=now)
    return _refused(request, AlreadyRunning(run, retry_after=math.ceil(config().renew_seconds)))


def _await_end(request: Request, lease: Lease, now: datetime | None) -> Result:
    """Wait for an attempt that runs elsewhere: its end if that comes in time, else `accepted`."""
    seconds = config().wait_seconds if request.wait_own is None else request.wait_own
    give_up = time.monotonic() + seconds
    while True:
        run, _ = lookup.find(lease.job_name, lease.run_date, now=now)
        if run is None or run.attempt != lease.attempt or run.lease_over:
            return _taken_over(request, now)
        if run.state not in IN_FLIGHT:
            return Result(run.state, request.job, lease.run_date, RunSummary.of(run))
        if time.monotonic() >= give_up:
            summary = RunSummary.of(run)
            return Result("accepted", request.job, lease.run_date, summary, math.ceil(config().renew_seconds))
        time.sleep(min(POLL_SECONDS, max(give_up - time.monotonic(), 0)))


def cancel_run(run: JobRun, *, actor: str, reason: str) -> bool:
    """Cancel a queued run (True), or ask a running one to stop (False).

    Raises:
        InFlight: it has ended; nothing was changed.
    """
    who = f"{actor}: {reason}" if actor and reason else actor or reason
    for _ in range(10):
        now = timezone.now()
        reap(storage.rows().filter(pk=run.pk), now=None, at=now)  # a dead holder cannot be asked
        try:
            return runs.cancel(run, actor=who, at=now)
        except LostRace:
            run.refresh_from_db(using=storage.database())
    raise DatabaseBusy
