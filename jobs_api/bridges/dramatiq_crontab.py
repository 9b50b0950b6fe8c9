"""dramatiq-crontab: its scheduler sends a message for each slot, and dramatiq's workers trigger the job.

In a module `tasks` of an app, which both `manage.py crontab` and the workers import::

    from jobs_api.bridges.dramatiq_crontab import add_jobs

    add_jobs()

The library's decorator reads cron lines in TIME_ZONE only. Its scheduler is one of APScheduler 3, which takes
an object that asks for our next slot. dramatiq's own retries are off: it would send a failed job again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import dramatiq
from dramatiq_crontab import scheduler

from jobs_api import clock
from jobs_api.bridges.apscheduler import AT_ONCE, SlotTrigger
from jobs_api.bridges.common import firing
from jobs_api.bridges.common.choosing import MARK, RUN_DUE, due_slots, scheduled_jobs
from jobs_api.schedule.slots import Schedule

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
    for job in scheduled_jobs(only):
        _add(job.name, job.slots, partial(_send, job.name))
    if run_due_every is not None:
        _add(RUN_DUE, due_slots(run_due_every), fire_due.send)


def _send(name: str) -> None:
    fire.send(name, clock.host().isoformat())


def _add(name: str, slots: Schedule, act: Callable[[], object]) -> None:
    # By default a message that is a second late would not be sent at all.
    how = {"misfire_grace_time": None, "coalesce": True, "max_instances": AT_ONCE, "replace_existing": True}
    scheduler.add_job(act, SlotTrigger(slots), id=MARK + name, name=MARK + name, **how)
