"""What a trigger is answered: the wait for an attempt elsewhere, its end, or why it was refused."""

from __future__ import annotations

import math
import time
from datetime import datetime

from django.db import connections

from jobs_api import database
from jobs_api.clock import Moment
from jobs_api.conf import config
from jobs_api.exceptions import AlreadyRunning, Paused, Refusal
from jobs_api.execution import drain
from jobs_api.execution.waiting import Watch, waiters
from jobs_api.execution.waiting_limit import room
from jobs_api.models import IN_FLIGHT, JobRun, Reason, State
from jobs_api.runs import lookup
from jobs_api.runs.lookup import Look
from jobs_api.triggers.request import Request, Result, RunSummary


def look_again(request: Request, before: Moment) -> Look:
    return look_at(request, before.given)


def may_wait(give_up: float) -> bool:
    """Not in the transaction of a test: nobody else sees the run, so nothing could change it."""
    if time.monotonic() >= give_up or drain.draining():
        return False
    return not connections[database.alias()].in_atomic_block


def wait_for_change(run: RunSummary | JobRun, give_up: float, moment: Moment) -> bool:
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


def refused_by(request: Request, refusal: Refusal) -> Result:
    run = None if refusal.run is None else RunSummary.of(refusal.run)
    pause = refusal.pause if isinstance(refusal, Paused) else None
    return Result(refusal.outcome, request.job, request.run_date, run, refusal.retry_after, pause=pause)


def taken_over(request: Request, moment: Moment) -> Result:
    """Another attempt now holds the slot, or a reaper has closed this one."""
    run = look_again(request, moment).run
    return refused_by(request, AlreadyRunning(run, retry_after=math.ceil(config().renew_seconds)))


def await_end(request: Request, attempt: int, moment: Moment, *, seen: JobRun | None = None) -> Result:
    """Wait for an attempt in the background: its end if it ends in time, otherwise `accepted`.

    Args:
        seen: the row, if it was read just now.
    """
    seconds = config().wait_seconds if request.wait_own is None else request.wait_own
    give_up, crowded = time.monotonic() + seconds, False
    while True:
        run = seen or look_again(request, moment).run
        if run is None or (run.attempt or attempt) != attempt or run.lease_over:
            return taken_over(request, moment)
        if run.state not in IN_FLIGHT:
            return _end_of(request, run)
        if crowded or not may_wait(give_up):
            summary = RunSummary.of(run)
            retry_after = math.ceil(config().renew_seconds)
            return Result("accepted", request.job, request.run_date, summary, retry_after, crowded)
        crowded, seen = not wait_for_change(run, give_up, moment), None


def _end_of(request: Request, run: JobRun) -> Result:
    if run.reason == Reason.SUBMIT_FAILED:  # its process or its worker could not begin it
        return Result("submit_failed", request.job, request.run_date, RunSummary.of(run), retry_after=10)
    return Result(run.state, request.job, request.run_date, RunSummary.of(run))


def look_at(request: Request, now: datetime | None) -> Look:
    return lookup.find(request.job.name, request.run_date, now=now)
