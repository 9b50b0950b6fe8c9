"""Run a class that needs several jobs, because no one cron line says all its times."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from jobs_api import current_run, database
from jobs_api.compat.django_cron.classes import load, names_of
from jobs_api.models import JobRun
from jobs_api.runs import readers


class ClassIsRunning(RuntimeError):
    """Another job of the same class is at work; the run fails, and is tried again after its back-off."""


def alone(path: str) -> Any:
    """Run `do()` of the class, unless another of its jobs is at work: django-cron ran a class once at a time.

    Raises:
        ClassIsRunning: one has begun earlier and has not ended.
        Exception: whatever `do()` raises.
    """
    cron = load(path)
    if (run := current_run()) is not None and run.run_date is not None:
        own = JobRun.objects.using(database.alias()).get(job_name=run.job_name, run_date=run.run_date)
        if other := _earlier(own, names_of(cron.kind)):
            raise ClassIsRunning(
                f"{other.job_name} began at {other.claimed_at} and is at work, with the same class."
            )
    return cron.kind().do()


def _earlier(own: JobRun, names: list[str]) -> JobRun | None:
    """The one that was claimed before: of two that begin at the same time, exactly one sees the other."""
    before = Q(claimed_at__lt=own.claimed_at) | Q(claimed_at=own.claimed_at, pk__lt=own.pk)
    others = JobRun.objects.using(database.alias()).filter(before, held_job__in=names).exclude(pk=own.pk)
    return next((run for run in readers.shown(others, None) if not run.lease_over), None)
