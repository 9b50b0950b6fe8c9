"""django-crontask: its scheduler enqueues one of Django's tasks for each slot, which triggers the job.

It needs Django 6.0. In a module `tasks` of an app, which `manage.py crontask` imports::

    from jobs_api.bridges.django_crontask import add_jobs

    add_jobs()

Its scheduler is one of APScheduler 3, which takes an object that asks for our next slot. A worker of the
backend in TASKS runs the task; with the immediate backend, the scheduler itself does.
"""

from __future__ import annotations

from crontask import scheduler
from django.tasks import task

from jobs_api.bridges.apscheduler import add_messages
from jobs_api.bridges.common import firing

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
    add_messages(scheduler, only, run_due_every, send=fire.enqueue, send_due=fire_due.enqueue)
