"""What the records tell of the runs of a class, in the words of django-cron."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from operator import itemgetter
from typing import Any

from jobs_api import database
from jobs_api.compat.django_cron.base import CronJobBase, PreviousRun
from jobs_api.compat.django_cron.classes import names_of
from jobs_api.models import JobAttempt, JobRun, State

ENDS = (State.SUCCEEDED, State.FAILED)


def newest_success(kind: type[CronJobBase]) -> PreviousRun | None:
    """The newest run that succeeded; None before there is one."""
    found = JobRun.objects.using(database.alias()).filter(
        job_name__in=names_of(kind),
        state=State.SUCCEEDED,
        started_at__isnull=False,
        finished_at__isnull=False,
    )
    run = found.order_by("-started_at").first()
    if run is None or run.started_at is None or run.finished_at is None:
        return None
    text = bytes(run.output_head).decode(errors="replace")
    return PreviousRun(kind.code, run.started_at, run.finished_at, text)


def newest_failures(kind: type[CronJobBase], count: int) -> list[tuple[datetime, str]]:
    """When the newest attempts began and why they failed; empty unless all `count` of them did."""
    newest = sorted(_attempts(kind, count), key=itemgetter(0), reverse=True)[:count]
    if len(newest) < count or any(state != State.FAILED for _, state, _, _ in newest):
        return []
    return [(started_at, error) for _, _, started_at, error in newest]


def _attempts(kind: type[CronJobBase], count: int) -> Iterator[tuple[Any, ...]]:
    """The newest attempts: a run carries its last one, the table of attempts those before."""
    names, using = names_of(kind), database.alias()
    runs = JobRun.objects.using(using).filter(job_name__in=names)
    earlier = JobAttempt.objects.using(using).filter(run__job_name__in=names)
    for rows in (runs, earlier):
        ended = rows.filter(state__in=ENDS, started_at__isnull=False, finished_at__isnull=False)
        values = ended.order_by("-finished_at").values_list("finished_at", "state", "started_at", "error")
        yield from values[:count]
