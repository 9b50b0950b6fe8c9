"""django-crontask: its scheduler enqueues one of Django's tasks for each slot, which triggers the job.

It needs Django 6.0. In a module `tasks` of an app, which `manage.py crontask` imports::

    from jobs_api.bridges.django_crontask import add_jobs

    add_jobs()

Its scheduler is one of APScheduler 3, which takes an object that asks for our next slot. A worker of the
backend in TASKS runs the task; with the immediate backend, the scheduler itself does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from crontask import scheduler
from django.tasks import task

from jobs_api import clock
from jobs_api.bridges.apscheduler import AT_ONCE, SlotTrigger
from jobs_api.bridges.common import firing
from jobs_api.bridges.common.choosing import MARK, RUN_DUE, due_slots, scheduled_jobs
from jobs_api.schedule.slots import Schedule

SOURCE = "django-crontask"


@task
def fire(name: str, enqueued_at: str) -> str:
    """Trigger a job, for the time at which this was enqueued; returns what came of it."""
    return firing.fire(name, source=SOURCE, scheduled_at=enqueued_at)


@task
def fire_due() -> str:
    """Start whatever is due; returns what came of it."""
    return firing.fire_due(source=SOURCE)


def add_jobs(only: str = "*", *, run_due_every: int | None = 5) -> None:
    """Add each job that has a schedule, and run-due; once a process.

    Args:
        only: a glob of the names of jobs.
        run_due_every: minutes; None: run-due is not called.

    Raises:
        BadInput, WrongUse, ImproperlyConfigured: see `scheduled_jobs` and `due_slots`.
    """
    for job in scheduled_jobs(only):
        _add(job.name, job.slots, partial(_enqueue, job.name))
    if run_due_every is not None:
        _add(RUN_DUE, due_slots(run_due_every), fire_due.enqueue)


def _enqueue(name: str) -> Any:
    return fire.enqueue(name, clock.host().isoformat())


def _add(name: str, slots: Schedule, act: Callable[[], object]) -> None:
    # By default a task that is a second late would not be enqueued at all.
    how = {"misfire_grace_time": None, "coalesce": True, "max_instances": AT_ONCE, "replace_existing": True}
    scheduler.add_job(act, SlotTrigger(slots), id=MARK + name, name=MARK + name, **how)
