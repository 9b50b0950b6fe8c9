"""Decide which triggers start nothing, and why: the lines of the contract that depend on the slot only."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from jobs_api import clock
from jobs_api.conf import config
from jobs_api.exceptions import (
    AlreadyRunning,
    AlreadySucceeded,
    AttemptsExhausted,
    BadInput,
    Expired,
    Late,
    Paused,
    RetryLater,
    SlotCancelled,
    Superseded,
)
from jobs_api.execution.heartbeat import heartbeat
from jobs_api.models import HELD, JobRun, State
from jobs_api.runs.lookup import Look
from jobs_api.schedule.run_date import BadRunDate, require_past
from jobs_api.triggers.request import Request


def refuse(request: Request, look: Look) -> None:
    """Raise the first refusal of the contract's table that applies, from top to bottom."""
    run, at = look.run, look.moment.at
    _refuse_ahead(request, at)
    if look.pause is not None and not request.force:
        raise Paused(run, look.pause)
    if run is not None:
        _refuse_newer(request, run)
        _refuse_by_state(request, run)
    if at - request.run_date > timedelta(days=config().retention_days):
        raise Expired(run)
    if not (request.force or request.ordered) and _older_than(request.job.expires, request.run_date, at):
        raise Expired(run)
    if _older_than(request.max_late, request.run_date, at):
        raise Late(run)
    if run is not None and run.state == State.FAILED and run.backing_off and not request.force:
        raise RetryLater(run, retry_after=_seconds_until(run.next_attempt_at, at))


def _refuse_ahead(request: Request, at: datetime) -> None:
    """Refuse a slot in the future: once run, it would already be done when it becomes due."""
    try:
        require_past(request.job.slots, request.run_date, at + clock.DIGITS)
    except BadRunDate as error:
        clocks = f"The database's clock shows {_brief(at)}, this host's {_brief(clock.host())}."
        raise BadInput(f"{error} {clocks}".replace("run_date", "`run_date`", 1)) from None


def _refuse_newer(request: Request, run: JobRun) -> None:
    """Refuse what was ordered of an older attempt, twice perhaps; a parked attempt is this order's own."""
    is_own = request.order is not None and request.order.recorded
    if request.after not in (None, run.attempt) and not is_own:
        raise Superseded


def _brief(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds")


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
