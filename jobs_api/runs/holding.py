"""Transitions by the holder of an attempt: begin, renew, finish, and release before it began.

Each names the run and the attempt of its lease, and the states that it may leave.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connections
from django.db.models import Q, QuerySet

from jobs_api import clock
from jobs_api.clock import Moment
from jobs_api.conf import config
from jobs_api.database import alias, rows
from jobs_api.exceptions import LeaseLost
from jobs_api.models import COUNTED, HELD, JobRun, Reason, State
from jobs_api.registry.job import Job
from jobs_api.runs import events, sql
from jobs_api.runs.state_machine import holder, released
from jobs_api.runs.types import Ending, Lease

Progress = tuple[int | None, int | None]


def begin(lease: Lease, *, moment: Moment) -> None:
    """Begin the attempt: passes once, however often an engine delivers it.

    Raises:
        LeaseLost: it has already begun, or another attempt holds the run.
    """
    lease_until = moment.after(timedelta(seconds=config().lease_seconds))
    if not _claimed(lease).update(
        state=State.RUNNING, started_at=moment.at, lease_expires_at=lease_until, holder=holder()
    ):
        raise LeaseLost


def park(lease: Lease, *, moment: Moment) -> None:
    """Queue a claimed attempt again because its host has no room; it keeps its number.

    Raises:
        LeaseLost: it has begun, ended or been reaped meanwhile.
    """
    waits = {"state": State.QUEUED, **released(next_attempt_at=moment.expression())}
    if not _claimed(lease).update(**waits, holder="", claimed_at=None):
        raise LeaseLost
    events.parked(lease)


def abandon(lease: Lease, error: str, *, moment: Moment) -> bool:
    """Close a claimed attempt that will not begin; it costs no try. False if it has begun or ended."""
    closed = {"state": State.FAILED, "reason": Reason.SUBMIT_FAILED, "error": error[:1000]}
    again = released(next_attempt_at=moment.expression())
    if not _claimed(lease).update(**closed, **again, finished_at=moment.at):
        return False
    ending = Ending(State.FAILED, Reason.SUBMIT_FAILED, error[:1000], moment.at)
    events.finished(lease, ending, begun=False)
    return True


def _claimed(lease: Lease) -> QuerySet[JobRun]:
    """The row, while this lease is valid and has not begun."""
    return rows().filter(pk=lease.run_id, attempt=lease.attempt, state=State.CLAIMED)


def renew(leases: Iterable[Lease], *, now: datetime | None = None) -> int:
    """Renew running leases in one statement; returns how many rows still belonged to them.

    An expired lease that was not reaped is renewed, too: no other attempt has it.
    """
    mine = Q(pk__in=[])
    for lease in leases:
        mine |= Q(pk=lease.run_id, attempt=lease.attempt)
    until = clock.after(now, timedelta(seconds=config().lease_seconds))
    return rows().filter(mine, state=State.RUNNING).update(lease_expires_at=until)


def record_progress(
    lease: Lease, *, progress: Progress, output: tuple[bytes, bytes, int], stored: int = 0
) -> int:
    """Store the progress and the output of a running attempt; 0 if it no longer holds the run.

    Args:
        stored: how much of the output is stored already; what has not changed since is not sent again.
    """
    columns = _report(progress, output)
    if columns.get("output_size") == stored:
        for name in ("output_head", "output_tail", "output_size"):
            columns.pop(name, None)
    elif stored >= len(output[0]):  # the first part is full
        columns.pop("output_head", None)
    return _held(lease).update(**columns)


def _held(lease: Lease) -> QuerySet[JobRun]:
    """The row, while this lease is valid: no other attempt has begun, and it was not reaped."""
    return rows().filter(pk=lease.run_id, attempt=lease.attempt, state__in=HELD)


def _report(progress: Progress, output: tuple[bytes, bytes, int]) -> dict[str, Any]:
    """The columns of what a command has reported; nothing that it has not is overwritten."""
    columns: dict[str, Any] = {}
    if output[2]:
        columns |= dict(zip(("output_head", "output_tail", "output_size"), output, strict=True))
    if progress != (None, None):
        columns |= dict(zip(("progress_done", "progress_total"), progress, strict=True))
    return columns


def finish(lease: Lease, ending: Ending, job: Job, *, moment: Moment) -> Ending:
    """Write how the attempt ended and let go of the run; returns the end as it was written.

    Once a cancel was requested, every end but success is `cancelled`. It is never taken back: where the first
    write was kept off by one, it still stands at the second.

    Raises:
        LeaseLost: another attempt holds it, or it was reaped; nothing is written.
    """
    if ending.state != State.FAILED:
        written = sql.update_held(lease, _ended(lease, ending, job, moment))
    else:
        written = sql.update_held(lease, _ended(lease, ending, job, moment), unless_cancelled=True)
        if not written:
            ending = dataclasses.replace(ending, state=State.CANCELLED, reason=Reason.CANCELLED)
            written = sql.update_held(lease, _ended(lease, ending, job, moment))
    if not written:
        raise LeaseLost
    return ending


def _ended(lease: Lease, ending: Ending, job: Job, moment: Moment) -> dict[str, Any]:
    """The columns of a run with this end."""
    counts = ending.reason in COUNTED
    tries = lease.tries + (counts or ending.reason == Reason.LOST)
    again = None
    if ending.state == State.FAILED and tries < job.max_attempts:
        again = moment.sql(job.backoff(tries) if counts else timedelta(0), connections[alias()])
    return {
        "state": str(ending.state),
        "reason": str(ending.reason),
        "error": ending.error,
        "finished_at": ending.finished_at,
        **released(next_attempt_at=again),
        "tries": tries,
        **_report(ending.progress, ending.output),
    }
