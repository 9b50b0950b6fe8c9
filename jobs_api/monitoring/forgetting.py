"""Forget a source, or a job of it, that an operator has removed on purpose."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from jobs_api import audit, database
from jobs_api.database import alias
from jobs_api.models import TriggerSource
from jobs_api.monitoring import source_hours
from jobs_api.monitoring.source_jobs import JobCalls
from jobs_api.monitoring.tallies import POLLS
from jobs_api.monitoring.trigger_counts import named

Record = Callable[[str, str, dict[str, Any]], None]
"""Records what came of forgetting a source: its name, the result, details."""


def forget(
    source: str, *, actor: str | None = None, job: str | None = None, reason: str = ""
) -> list[TriggerSource]:
    """Forget the rows of a source; returns those that were there.

    Args:
        actor: only that of this token or user.
        job: forget only that it triggered this job.
        reason: why, for the audit.
    """
    at, rows = database.now(), TriggerSource.objects.using(alias()).filter(source=named(source))
    if actor is not None:
        rows = rows.filter(actor=actor)
    found = [row for row in rows.order_by("actor") if job is None or job in (row.jobs or {})]
    record = _recorder(at, job, reason)
    done = [row for row in found if (_without(row, job, record) if job is not None else _delete(row, record))]
    if not done:
        record(source, "unchanged", {} if actor is None else {"by": actor})
    return done


def _recorder(at: datetime, job: str | None, reason: str) -> Record:
    polls = {"run_due": True} if job == POLLS else {}
    about: dict[str, Any] = {"job": "" if job is None or polls else job, "reason": reason}

    def record(source: str, result: str, details: dict[str, Any]) -> None:
        details = {**details, **polls}
        audit.record("source_forget", at=at, result=result, subject=source, details=details, **about)

    return record


def _delete(row: TriggerSource, record: Record) -> bool:
    with transaction.atomic(alias()):
        deleted = bool(TriggerSource.objects.using(alias()).filter(pk=row.pk).delete()[0])
        if deleted:
            source_hours.forget(row.source, row.actor)
            record(row.source, "forgotten", {"by": row.actor})
    return deleted


def _without(row: TriggerSource, job: str, record: Record) -> bool:
    """Take out one job with its calls; if another process has written the row meanwhile, read it again.

    The calls change, so that another process that has read the row before does not write the job back.
    """
    rows = TriggerSource.objects.using(alias())
    for _ in range(10):
        fresh = rows.filter(pk=row.pk).first()
        known = (fresh and fresh.jobs) or {}
        if fresh is None or job not in known:
            return False
        gone = JobCalls.of(known[job])
        left = {
            "jobs": {name: calls for name, calls in known.items() if name != job},
            "calls": max(fresh.calls - gone.calls, 0),
            "wins": max(fresh.wins - gone.wins, 0),
        }
        with transaction.atomic(alias()):
            forgotten = bool(rows.filter(pk=row.pk, calls=fresh.calls, wins=fresh.wins).update(**left))
            if forgotten:
                record(row.source, "forgotten", {"by": row.actor})
        if forgotten:
            return True
    return False
