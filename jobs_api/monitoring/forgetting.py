"""Forget a source, or a job of it, that an operator has removed on purpose."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from jobs_api import audit, database
from jobs_api.database import alias
from jobs_api.models import TriggerSource
from jobs_api.monitoring.source_jobs import JobCalls
from jobs_api.monitoring.tallies import POLLS
from jobs_api.monitoring.trigger_counts import named


def forget(source: str, *, actor: str | None = None, job: str | None = None) -> list[TriggerSource]:
    """Forget the rows of a source; returns those that were there.

    Args:
        actor: only that of this token or user.
        job: forget only that it triggered this job.
    """
    at, rows = database.now(), TriggerSource.objects.using(alias()).filter(source=named(source))
    if actor is not None:
        rows = rows.filter(actor=actor)
    found = [row for row in rows.order_by("actor") if job is None or job in (row.jobs or {})]
    done = [row for row in found if (_without(row, job, at) if job is not None else _delete(row, at))]
    if not done:
        _record(source, job, at, "unchanged", {} if actor is None else {"by": actor})
    return done


def _record(source: str, job: str | None, at: datetime, result: str, details: dict[str, Any]) -> None:
    if job == POLLS:
        job, details = None, {**details, "run_due": True}
    audit.record("source_forget", at=at, result=result, job=job or "", subject=source, details=details)


def _delete(row: TriggerSource, at: datetime) -> bool:
    with transaction.atomic(alias()):
        deleted = bool(TriggerSource.objects.using(alias()).filter(pk=row.pk).delete()[0])
        if deleted:
            _record(row.source, None, at, "forgotten", {"by": row.actor})
    return deleted


def _without(row: TriggerSource, job: str, at: datetime) -> bool:
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
                _record(row.source, job, at, "forgotten", {"by": row.actor})
        if forgotten:
            return True
    return False
