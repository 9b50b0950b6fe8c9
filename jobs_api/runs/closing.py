"""Transitions that end a run from outside: its lease expired, it is too old, or an operator cancels it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from jobs_api.clock import Moment
from jobs_api.database import rows
from jobs_api.exceptions import InFlight, LostRace
from jobs_api.models import HELD, JobRun, Reason, State
from jobs_api.registry import find as find_job
from jobs_api.runs import events
from jobs_api.runs.state_machine import released
from jobs_api.runs.types import ORDERED

EXPIRED = "It expired while it waited for room."
SILENT = "{} went silent, and its lease ran out at {}."
UNBEGUN = "No process began it in time."
GONE = "Its holder died before it could stop."


def expire(run: JobRun, *, at: datetime) -> bool:
    """Close a queued run that has become too old: its executor did not take it in time; it costs no try.

    False if it is not queued any more, or an operator ordered it: an order does not expire.
    """
    # It releases nothing, as nobody holds a queued run: the table would refuse to end a held one so.
    queued = rows().filter(pk=run.pk, attempt=run.attempt, state=State.QUEUED).exclude(trigger__in=ORDERED)
    closed = {"state": State.FAILED, "reason": Reason.SUBMIT_FAILED, "error": EXPIRED, "finished_at": at}
    if not queued.update(**closed, next_attempt_at=None):
        return False
    events.expired(run)
    return True


def reap(among: QuerySet[JobRun] | None = None, *, moment: Moment) -> list[JobRun]:
    """Close attempts whose lease has expired: as failed(lost), or as cancelled if that was requested.

    Returns their runs.

    The UPDATE repeats the deadline: between the read and the write the holder may renew.
    """
    expired = Q(state__in=HELD, lease_expires_at__lt=moment.expression())
    seen = (rows() if among is None else among).filter(expired)
    return [run for run in seen.only(*_REAPED) if _reap_one(run, expired, moment)]


_REAPED = (
    *("id", "job_name", "run_date", "attempt", "state", "tries"),
    *("source", "trigger", "actor", "traceparent"),
    *("started_at", "holder", "lease_expires_at"),
)


def _reap_one(run: JobRun, expired: Q, moment: Moment) -> int:
    same = rows().filter(expired, pk=run.pk, attempt=run.attempt, state=run.state)
    # A cancel that is requested between the two is found by the second: it is never taken back.
    columns = _lost(run, moment)
    lost = same.filter(cancel_requested_at=None).update(**columns)
    if lost:
        events.lost(run, cancelled=False, error=columns["error"], at=moment.at)
        return lost
    end = {"state": State.CANCELLED, "reason": Reason.CANCELLED, "error": GONE, "finished_at": moment.at}
    cancelled = same.filter(cancel_requested_at__isnull=False).update(**end, **released())
    if cancelled:
        events.lost(run, cancelled=True, error=GONE, at=moment.at)
    return cancelled


def _lost(run: JobRun, moment: Moment) -> dict[str, Any]:
    """The columns of a run whose holder is silent."""
    job = find_job(run.job_name)
    tries = run.tries + (run.state == State.RUNNING)  # an attempt that never began costs none
    retries = job is not None and tries < job.max_attempts
    return {
        "state": State.FAILED,
        "reason": Reason.LOST,
        "error": _silence(run) if run.state == State.RUNNING else UNBEGUN,
        "finished_at": moment.at,
        **released(next_attempt_at=moment.expression() if retries else None),
        "tries": tries,
    }


def _silence(run: JobRun) -> str:
    until = "" if run.lease_expires_at is None else run.lease_expires_at.isoformat(timespec="seconds")
    return SILENT.format(run.holder or "Its process", until)


def cancel(run: JobRun, *, actor: str, at: datetime) -> bool:
    """Cancel a run that has not begun (True), or ask the holder of a running one to stop (False).

    Raises:
        InFlight: it has ended; nothing was changed.
        LostRace: it has changed meanwhile: read it again.
    """
    note = f"cancel requested by {actor}" if actor else "cancel requested"
    same = rows().filter(pk=run.pk, attempt=run.attempt, state=run.state)
    if run.state in (State.QUEUED, State.CLAIMED):  # a claimed one can no longer begin
        changes: dict[str, Any] = {"state": State.CANCELLED, "reason": Reason.CANCELLED, "finished_at": at}
        updated = same.update(**changes, **released(), note=note)
    elif run.state == State.RUNNING:
        updated = same.update(cancel_requested_at=at, note=note)
    else:
        raise InFlight(f"The run has ended as {run.state}; there is nothing to cancel.")
    if not updated:
        raise LostRace
    return run.state != State.RUNNING
