"""Process one trigger: find the slot, claim it, submit it. Every entrance calls this.

The decision is based on the row that was read. The constraints and conditional updates of the claim enforce
it: if another trigger was faster, the row is read again and the decision is made again.
"""

from __future__ import annotations

import dataclasses
import math
import time
from contextlib import suppress
from datetime import datetime

from django.db import connections
from django.db.models import QuerySet

from jobs_api import database, executors, runs
from jobs_api.clock import Moment
from jobs_api.conf import config
from jobs_api.database.bounds import bounded, elsewhere
from jobs_api.exceptions import (
    AlreadyRunning,
    DatabaseBusy,
    Expired,
    Late,
    LeaseLost,
    LostRace,
    NoRoom,
    Overlap,
    Refusal,
    SubmitFailed,
)
from jobs_api.execution import announcing, drain
from jobs_api.execution.heartbeat import heartbeat
from jobs_api.execution.waiting import Watch, waiters
from jobs_api.execution.waiting_limit import room
from jobs_api.executors import Executor
from jobs_api.models import HELD, IN_FLIGHT, JobRun, Reason, State
from jobs_api.runs import events, hosts, job_state, lookup
from jobs_api.runs.lookup import Look
from jobs_api.runs.types import Claim, Ending, Lease
from jobs_api.text import loggers
from jobs_api.triggers.refusals import refuse
from jobs_api.triggers.request import Request, Result, RunSummary

logger = loggers.logger(__name__)


def dispatch(request: Request, *, now: datetime | None = None) -> Result:
    """Process one trigger.

    Args:
        now: for tests; None means that the database's clock compares deadlines.

    Raises:
        BadInput: the slot is ahead of the database's clock.
        DatabaseBusy: other triggers kept changing the row; nothing was acknowledged.
    """
    executor = executors.load(request.job.executor_name)
    with bounded():
        result = _dispatch(request, executor, now)
    events.answered(
        request.trigger,
        job=request.job.name,
        run_date=result.run_date,
        outcome=result.outcome,
        run=(None, None) if result.run is None else (result.run.id, result.run.attempt),
        at=now or database.guess(),
    )
    return result if executor.in_request else dataclasses.replace(result, background=True)


def _dispatch(request: Request, executor: Executor, now: datetime | None) -> Result:
    give_up = time.monotonic() + request.wait
    request, look = _placed(request, now)
    while True:
        result = _once(request, executor, look)
        if result.outcome != AlreadyRunning.outcome or result.run is None or not _may_wait(give_up):
            return result
        if not _wait(result.run, give_up, look.moment):
            return dataclasses.replace(result, crowded=True)
        if drain.draining():  # a process about to exit starts nothing and answers with what it knows
            return result
        look = _look_again(request, look.moment)


def _look(request: Request, now: datetime | None) -> Look:
    return lookup.find(request.job.name, request.run_date, now=now)


def _look_again(request: Request, before: Moment) -> Look:
    return _look(request, before.given)


def _placed(request: Request, now: datetime | None) -> tuple[Request, Look]:
    """The request with its final slot by the database's clock, and the row of that slot.

    It costs one statement if the guessed slot was right; a host with a wrong clock learns from each answer.
    """
    look = _look(request, now)
    placed = request.at(look.moment.at)
    if placed.run_date != request.run_date:
        look = _look(placed, now)
    return placed, look


def _may_wait(give_up: float) -> bool:
    """Not in the transaction of a test: nobody else sees the run, so nothing could change it."""
    if time.monotonic() >= give_up or drain.draining():
        return False
    return not connections[database.alias()].in_atomic_block


def _wait(run: RunSummary | JobRun, give_up: float, moment: Moment) -> bool:
    """Wait for a change; False at once if the limit of waiting requests is reached, as threads are few."""
    # One place is reserved for slow bodies: waiting requests must not block new ones.
    if not room.enter(config().waiting_limit, spare=1):
        return False
    try:
        watch = Watch(run.id, run.attempt, run.state == State.QUEUED, moment.given)
        waiters.wait(watch, give_up - time.monotonic())
    finally:
        room.leave()
    return True


def _once(request: Request, executor: Executor, look: Look) -> Result:
    for number in range(10):
        look = _look_again(request, look.moment) if number else look
        try:
            lease = _claim(request, executor, look)
        except LostRace:
            continue
        except Overlap:
            answer = _overlap(request, look)
        except NoRoom:
            answer = _queued(request, look)
        except Late as refusal:  # for this caller only
            answer = _refused(request, refusal)
        except Expired as refusal:
            answer = _expired(request, refusal, look.moment.at)
        except Refusal as refusal:
            answer = _refused(request, refusal)
        else:
            answer = _submit(request, executor, lease, look.moment)
        if answer is not None:
            return answer
    raise DatabaseBusy


def _claim(request: Request, executor: Executor, look: Look) -> Lease:
    job, run, moment = request.job, look.run, look.moment
    refuse(request, look)
    if run is not None and run.state == State.QUEUED and executor.full():
        raise NoRoom
    if run is not None and run.state in HELD:
        reap(database.rows().filter(pk=run.pk), moment=moment)
        raise LostRace  # the row shows whether it was reaped here or by another process
    job_state.know(job, at=moment.at)
    hosts.report(at=moment.at)
    claim = Claim(
        job,
        request.run_date,
        request.trigger,
        begin=executor.in_request,
        options=request.options,
        rerun=request.force,
        start_within=executor.start_within,
    )
    try:
        return runs.claim(claim, run, moment=moment)
    except Overlap:
        if reap(database.rows().filter(held_job=job.name), moment=moment):
            raise LostRace from None  # nothing blocks it now: decide again
        raise


def reap(among: QuerySet[JobRun], *, moment: Moment) -> list[JobRun]:
    """Reap runs whose lease is over, but none that is alive in this process.

    A command that holds SQLite's write lock also blocks its own heartbeat.
    """
    return runs.reap(among.exclude(heartbeat.alive()), moment=moment)


def _overlap(request: Request, look: Look) -> Result | None:
    """Answer an overlap, and record it if the slot has no run; None if it has one meanwhile."""
    run, at = look.run, look.moment.at
    if run is None and request.records_skip and not request.force:
        run = runs.skip(request.job, request.run_date, request.trigger, at=at, options=request.options or {})
        if run is None:
            return None
    return _refused(request, Overlap(run))


def _refused(request: Request, refusal: Refusal) -> Result:
    run = None if refusal.run is None else RunSummary.of(refusal.run)
    return Result(refusal.outcome, request.job, request.run_date, run, refusal.retry_after)


def _expired(request: Request, refusal: Expired, at: datetime) -> Result | None:
    """Answer for a slot that is too old; None if its run was still queued and is now closed."""
    run = refusal.run
    if run is not None and run.state == State.QUEUED and runs.expire(run, at=at):
        return None
    return _refused(request, refusal)


def _queued(request: Request, look: Look) -> Result:
    """Answer for a run that stays queued until its host has room."""
    run = look.run
    if request.job.exclusive and database.rows().filter(held_job=request.job.name).exists():
        return _refused(request, Overlap(run))
    return _await_end(request, max(run.attempt, 1) if run else 1, look.moment, seen=run)


def _submit(request: Request, executor: Executor, lease: Lease, moment: Moment) -> Result | None:
    """Submit it and answer; None if the row must be read again."""
    job = request.job
    try:
        lease = announcing.claimed(job, lease, request.trigger, begun=executor.in_request)
        with elsewhere():  # the statements of a command and the time of a broker do not count
            ending = executor.submit(job, lease)
    except NoRoom:
        with suppress(LeaseLost):  # cancelled or reaped meanwhile: the row shows which
            runs.park(lease, moment=moment)
        return None  # there may be room now, and the process that made it has not seen this run
    except SubmitFailed as error:
        return _close(request, executor, lease, error, moment)
    except LeaseLost:
        return _taken_over(request, moment)
    except Exception:  # a broken executor must not leave a claim behind; a claim that has begun stays
        if not executor.in_request:
            text = "The executor broke; the server's log has more."
            runs.abandon(lease, text, moment=lease.now(moment.given))
        raise
    if not isinstance(ending, Ending):  # None, or the return value of a host's executor
        return _await_end(request, lease.attempt, moment)
    return Result(str(ending.state), job, lease.run_date, RunSummary.ended(lease, ending))


def _close(
    request: Request, executor: Executor, lease: Lease, error: SubmitFailed, moment: Moment
) -> Result | None:
    """Close an attempt that no executor took, so that the caller's retry can claim the next one at once.

    None if it has begun nevertheless: a broker may accept a message and die before it confirms it.
    """
    closed = lease.now(moment.given)
    logger.warning("Run %s of %s could not be submitted: %s", lease.run_id, lease.job_name, error)
    ending = Ending(State.FAILED, Reason.SUBMIT_FAILED, str(error)[:1000], finished_at=closed.at)
    if executor.in_request:
        try:
            ending = runs.finish(lease, ending, request.job, moment=closed)
        except LeaseLost:
            return _taken_over(request, moment)
        events.finished(lease, ending, begun=False)
        if ending.state == State.CANCELLED:
            return Result(str(ending.state), request.job, lease.run_date, RunSummary.ended(lease, ending))
    elif not runs.abandon(lease, ending.error, moment=closed):
        return None
    run = RunSummary.ended(lease, ending)
    return Result("submit_failed", request.job, lease.run_date, run, retry_after=10)


def _taken_over(request: Request, moment: Moment) -> Result:
    """Another attempt now holds the slot, or a reaper has closed this one."""
    run = _look_again(request, moment).run
    return _refused(request, AlreadyRunning(run, retry_after=math.ceil(config().renew_seconds)))


def _await_end(request: Request, attempt: int, moment: Moment, *, seen: JobRun | None = None) -> Result:
    """Wait for an attempt in the background: its end if it ends in time, otherwise `accepted`.

    Args:
        seen: the row, if it was read just now.
    """
    seconds = config().wait_seconds if request.wait_own is None else request.wait_own
    give_up, crowded = time.monotonic() + seconds, False
    while True:
        run = seen or _look_again(request, moment).run
        if run is None or (run.attempt or attempt) != attempt or run.lease_over:
            return _taken_over(request, moment)
        if run.state not in IN_FLIGHT:
            return _ended(request, run)
        if crowded or not _may_wait(give_up):
            summary = RunSummary.of(run)
            retry_after = math.ceil(config().renew_seconds)
            return Result("accepted", request.job, request.run_date, summary, retry_after, crowded)
        crowded, seen = not _wait(run, give_up, moment), None


def _ended(request: Request, run: JobRun) -> Result:
    if run.reason == Reason.SUBMIT_FAILED:  # its process or its worker could not begin it
        return Result("submit_failed", request.job, request.run_date, RunSummary.of(run), retry_after=10)
    return Result(run.state, request.job, request.run_date, RunSummary.of(run))
