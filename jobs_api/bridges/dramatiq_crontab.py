"""dramatiq-crontab: its scheduler sends a message for each slot, and dramatiq's workers trigger the job.

In a module `tasks` of an app, which both `manage.py crontab` and the workers import::

    from jobs_api.bridges.dramatiq_crontab import add_jobs

    add_jobs()

The library's decorator reads cron lines in TIME_ZONE only. Its scheduler is one of APScheduler 3, which takes
an object that asks for our next slot. dramatiq's own retries are off: it would send a failed job again.
"""

from __future__ import annotations

import dramatiq
from dramatiq_crontab import scheduler

from jobs_api.bridges.apscheduler import add_messages
from jobs_api.bridges.common import firing

SOURCE = "dramatiq-crontab"
LONGEST = 366 * 24 * 3600 * 1000
"""Milliseconds: dramatiq would end a message after ten minutes. How long a job may take is its `timeout`."""


@dramatiq.actor(actor_name="jobs_api_trigger", max_retries=0, time_limit=LONGEST)
def fire(name: str, sent_at: str) -> None:
    """Trigger a job, for the time at which the message was sent: it may have waited in the queue."""
    firing.fire(name, source=SOURCE, scheduled_at=sent_at)


@dramatiq.actor(actor_name="jobs_api_run_due", max_retries=0, time_limit=LONGEST)
def fire_due() -> None:
    """Start whatever is due."""
    firing.fire_due(source=SOURCE)


def add_jobs(only: str = "*", *, run_due_every: int | None = 5) -> None:
    """Add each job that has a schedule, and run-due; once a process.

    Args:
        only: a glob of the names of jobs.
        run_due_every: minutes; None: run-due is not called.

    Raises:
        BadInput, WrongUse, ImproperlyConfigured: see `scheduled_jobs` and `due_slots`.
    """
    add_messages(scheduler, only, run_due_every, send=fire.send, send_due=fire_due.send)
