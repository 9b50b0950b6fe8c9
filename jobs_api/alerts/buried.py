"""Slots that failed for good behind newer ones: the newest slot decides a job's health, which is ok again.

A job that catches up on "all" is one in which each slot counts, such as each hour's payments. It runs the
oldest first, so after an outage nothing but this would tell of an hour that failed three times meanwhile.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Q

from jobs_api import database
from jobs_api.database import alias
from jobs_api.models import Incident, JobRun, State
from jobs_api.monitoring.report import JobReport
from jobs_api.runs import readers

BEYOND = timedelta(days=1)
"""How much older than the catch-up window a slot may be: it was claimed within it."""
MOST = 200
"""So many runs are looked at, the newest slots first."""


def buried(reports: Sequence[JobReport], since: datetime, at: datetime) -> Mapping[str, Sequence[JobRun]]:
    """By job, what failed for good since then, is older than the newest slot, and was never told.

    No statement without a job that catches up on all; one if nothing failed.
    """
    newest = {
        each.job.name: each.last_started.run_date
        for each in reports
        if each.job.catch_up == "all" and each.last_started is not None
    }
    if not newest:
        return {}
    windows = (each.job.catch_up_window for each in reports if each.job.name in newest)
    oldest = at - timedelta(seconds=max(windows)) - BEYOND
    failed = database.rows().filter(~Q(state=State.SUCCEEDED), state=State.FAILED, next_attempt_at=None)
    late = failed.filter(job_name__in=list(newest), run_date__gte=oldest, finished_at__range=(since, at))
    rows = list(readers.shown(late, at).order_by("-run_date")[:MOST])
    return _untold([run for run in rows if run.run_date < newest[run.job_name]])


def _untold(rows: Sequence[JobRun]) -> Mapping[str, Sequence[JobRun]]:
    """Without those that an incident of their job has covered: it was open when they ended."""
    found: dict[str, list[JobRun]] = defaultdict(list)
    if not rows:
        return found
    about = Incident.objects.using(alias()).filter(kind="failed", job_name__in={run.job_name for run in rows})
    first = min(run.finished_at for run in rows if run.finished_at is not None)
    told = list(about.filter(Q(closed_at=None) | Q(closed_at__gte=first)))
    for run in rows:
        if not any(_covers(each, run) for each in told):
            found[run.job_name].append(run)
    return found


def _covers(incident: Incident, run: JobRun) -> bool:
    ended, slot = run.finished_at, incident.run_date
    if ended is None or incident.job_name != run.job_name or slot is None or slot < run.run_date:
        return False
    return incident.since <= ended and (incident.closed_at is None or ended <= incident.closed_at)
