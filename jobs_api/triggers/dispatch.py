"""Process one trigger: find the slot, claim it, submit it. Every entrance calls this.

The decision is based on the row that was read. The constraints and conditional updates of the claim enforce
it: if another trigger was faster, the row is read again and the decision is made again.
"""

from __future__ import annotations

import dataclasses
import time
from contextlib import suppress
from datetime import datetime

from django.db.models import QuerySet

from jobs_api import database, executors, runs
from jobs_api.clock import Moment
from jobs_api.database.bounds import bounded
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
from jobs_api.execution import announcing, around, drain
from jobs_api.execution.endings import storable
from jobs_api.execution.heartbeat import heartbeat
from jobs_api.executors import Executor
from jobs_api.models import HELD, JobRun, Reason, State
from jobs_api.runs import events, hosts, job_state
from jobs_api.runs.lookup import Look
from jobs_api.runs.types import RUN_DUE, Claim, Ending, Lease
from jobs_api.text import loggers
from jobs_api.triggers.by_hand import ordered
from jobs_api.triggers.handover import Broken, is_full, submit
from jobs_api.triggers.outcomes import (
    await_end,
    look_again,
    look_at,
    may_wait,
    refused_by,
    taken_over,
    wait_for_change,
)
from jobs_api.triggers.refusals import refuse
from jobs_api.triggers.request import Request, Result, RunSummary

logger = loggers.logger(__name__)

TRIES = 3
"""So often an executor that has no room is asked for it; then the run stays queued."""


def dispatch(request: Request, *, now: datetime | None = None) -> Result:
    """Process one trigger.

    Args:
        now: for tests; None means that the database's clock compares deadlines.

    Raises:
        BadInput: the slot is ahead of the database's clock.
        DatabaseBusy: other triggers kept changing the row; nothing was acknowledged.
    """
    if not around.trigger.wrappers:  # a repeat has no time for more
        return _answered(request, now)
    with around.trigger(request):
        return _answered(request, now)


def _answered(request: Request, now: datetime | None) -> Result:
    came = time.monotonic()
    executor = executors.load(request.job.executor_name)
    request = ordered(request)
    with bounded():
        result = _dispatch(request, executor, now)
        at = now or database.guess()
        if request.order is not None:
            request.order.answered(result, at)
    taken = time.monotonic() - came
    events.answered(
        request.trigger,
        job=request.job.name,
        run_date=result.run_date,
        outcome=result.outcome,
        run=(None, None) if result.run is None else (result.run.id, result.run.attempt),
        at=at,
        late=_late(request, result, at, 0 if now else taken),
        taken=taken,
    )
    return result if executor.in_request else dataclasses.replace(result, background=True)


def _late(request: Request, result: Result, at: datetime, taken: float) -> tuple[datetime, float] | None:
    """The slot, and how late this trigger came for it; None where that says nothing about its source.

    That is so where somebody names a slot or orders a rerun, and where run-due tries a slot again.

    Args:
        taken: how many seconds before `at` the trigger came.
    """
    if request.trigger.kind == RUN_DUE:
        tells = not request.ordered and result.run is not None and result.run.attempt == 1
    else:
        tells = request.meant is not None and not request.force
    if not tells or request.job.schedule is None:
        return None
    return result.run_date, max((at - result.run_date).total_seconds() - taken, 0)


def _dispatch(request: Request, executor: Executor, now: datetime | None) -> Result:
    give_up = time.monotonic() + request.wait
    request, look = _placed(request, now)
    while True:
        result = _once(request, executor, look)
        if result.outcome != AlreadyRunning.outcome or result.run is None or not may_wait(give_up):
            return result
        if not wait_for_change(result.run, give_up, look.moment):
            return dataclasses.replace(result, crowded=True)
        if drain.draining():  # a process about to exit starts nothing and answers with what it knows
            return result
        look = look_again(request, look.moment)


def _placed(request: Request, now: datetime | None) -> tuple[Request, Look]:
    """The request with its final slot by the database's clock, and the row of that slot.

    It costs one statement if the guessed slot was right; a host with a wrong clock learns from each answer.
    """
    look = look_at(request, now)
    placed = request.at(look.moment.at)
    if placed.run_date != request.run_date:
        look = look_at(placed, now)
    return placed, look


def _once(request: Request, executor: Executor, look: Look) -> Result:
    refused = 0
    for number in range(10):
        look = look_again(request, look.moment) if number else look
        try:
            lease = _claim(request, executor, look)
        except LostRace:
            continue
        except Overlap:
            answer = _overlap(request, look)
        except NoRoom:
            answer = _queued(request, look)
        except Late as refusal:  # for this caller only
            answer = refused_by(request, refusal)
        except Expired as refusal:
            answer = _expired(request, refusal, look.moment.at)
        except Refusal as refusal:
            answer = refused_by(request, refusal)
        else:
            try:
                answer = _submit(request, executor, lease, look.moment)
            except NoRoom:  # there may be room now, and the process that made it has not seen this run
                refused += 1
                answer = _queued(request, look_again(request, look.moment)) if refused == TRIES else None
        if answer is not None:
            return answer
    raise DatabaseBusy


def _claim(request: Request, executor: Executor, look: Look) -> Lease:
    job, run, moment = request.job, look.run, look.moment
    refuse(request, look)
    if run is not None and run.state == State.QUEUED and is_full(executor):
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
        along=None if request.order is None else request.order.claimed,
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
    return refused_by(request, Overlap(run))


def _expired(request: Request, refusal: Expired, at: datetime) -> Result | None:
    """Answer for a slot that is too old; None if its run was still queued and is now closed."""
    run = refusal.run
    if run is not None and run.state == State.QUEUED and runs.expire(run, at=at):
        return None
    return refused_by(request, refusal)


def _queued(request: Request, look: Look) -> Result:
    """Answer for a run that stays queued until its host has room."""
    run = look.run
    if request.job.exclusive and database.rows().filter(held_job=request.job.name).exists():
        return refused_by(request, Overlap(run))
    return await_end(request, max(run.attempt, 1) if run else 1, look.moment, seen=run)


def _submit(request: Request, executor: Executor, lease: Lease, moment: Moment) -> Result | None:
    """Submit it and answer; None if the row must be read again."""
    job = request.job
    try:
        lease = announcing.claimed(job, lease, request.trigger, begun=executor.in_request)
        ending = submit(executor, job, lease)
    except NoRoom:
        with suppress(LeaseLost):  # cancelled or reaped meanwhile: the row shows which
            runs.park(lease, moment=moment)
        raise
    except SubmitFailed as error:
        return _close(request, executor, lease, error, moment)
    except LeaseLost:
        return taken_over(request, moment)
    except Broken as broken:
        _close_broken(request, executor, lease, moment)
        raise broken.__cause__ if isinstance(broken.__cause__, Exception) else broken from None
    if ending is None:
        return await_end(request, lease.attempt, moment)
    return Result(str(ending.state), job, lease.run_date, RunSummary.ended(lease, ending))


def _close_broken(request: Request, executor: Executor, lease: Lease, moment: Moment) -> None:
    """A broken executor must not leave a claim behind; an attempt that a process has begun stays."""
    text, closed = "The executor broke; the server's log has more.", lease.now(moment.given)
    if not executor.in_request:
        runs.abandon(lease, text, moment=closed)
        return
    with suppress(LeaseLost):
        ending = Ending(State.FAILED, Reason.ERROR, text, finished_at=closed.at)
        events.finished(lease, runs.finish(lease, ending, request.job, moment=closed))


def _close(
    request: Request, executor: Executor, lease: Lease, error: SubmitFailed, moment: Moment
) -> Result | None:
    """Close an attempt that no executor took, so that the caller's retry can claim the next one at once.

    None if it has begun nevertheless: a broker may accept a message and die before it confirms it.
    """
    closed = lease.now(moment.given)
    logger.warning("Run %s of %s could not be submitted: %s", lease.run_id, lease.job_name, error)
    ending = Ending(State.FAILED, Reason.SUBMIT_FAILED, storable(str(error)), finished_at=closed.at)
    if executor.in_request:
        try:
            ending = runs.finish(lease, ending, request.job, moment=closed)
        except LeaseLost:
            return taken_over(request, moment)
        events.finished(lease, ending, begun=False)
        if ending.state == State.CANCELLED:
            return Result(str(ending.state), request.job, lease.run_date, RunSummary.ended(lease, ending))
    elif not runs.abandon(lease, ending.error, moment=closed):
        return None
    run = RunSummary.ended(lease, ending)
    return Result("submit_failed", request.job, lease.run_date, run, retry_after=10)
