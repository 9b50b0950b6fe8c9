"""Forget a source, or a job of it, that an operator has removed on purpose."""

from __future__ import annotations

from jobs_api.database import alias
from jobs_api.models import TriggerSource
from jobs_api.monitoring.source_jobs import JobCalls
from jobs_api.monitoring.trigger_counts import named


def forget(source: str, *, actor: str | None = None, job: str | None = None) -> list[TriggerSource]:
    """Forget the rows of a source; returns those that were there.

    Args:
        actor: only that of this token or user.
        job: forget only that it triggered this job.
    """
    rows = TriggerSource.objects.using(alias()).filter(source=named(source))
    if actor is not None:
        rows = rows.filter(actor=actor)
    found = [row for row in rows.order_by("actor") if job is None or job in (row.jobs or {})]
    return [row for row in found if (_without(row, job) if job is not None else _delete(row))]


def _delete(row: TriggerSource) -> bool:
    return bool(TriggerSource.objects.using(alias()).filter(pk=row.pk).delete()[0])


def _without(row: TriggerSource, job: str) -> bool:
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
        if rows.filter(pk=row.pk, calls=fresh.calls, wins=fresh.wins).update(**left):
            return True
    return False
