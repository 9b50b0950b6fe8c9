"""procrastinate: each minute a periodic task defers a job for each of ours that is due in that minute.

In a module `tasks` of an app, which procrastinate imports::

    from procrastinate.contrib.django import app
    from jobs_api.bridges.procrastinate import add_jobs

    add_jobs(app)

procrastinate reads its tasks before the jobs are known, so which are due is asked in the worker, by our slots
in their zones. It tells for which minute it has called: that is the `scheduled_at` of the triggers, also
where its queue is long. Its own retries are off.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from procrastinate.blueprints import Blueprint

from jobs_api.bridges.common import firing
from jobs_api.bridges.common.choosing import due_slots, scheduled_jobs
from jobs_api.exceptions import BadInput
from jobs_api.schedule.slots import Schedule, previous_slot
from jobs_api.text import loggers

logger = loggers.logger(__name__)

SOURCE = "procrastinate"
MINUTE = timedelta(minutes=1)


def add_jobs(app: Blueprint, only: str = "*", *, run_due_every: int | None = 5, **how: Any) -> None:
    """Register the periodic task, and the tasks that it defers.

    Args:
        app: of procrastinate; or a blueprint.
        only: a glob of the names of jobs.
        run_due_every: minutes; None: run-due is not called.
        how: further arguments of `app.task`, such as `queue`.

    Raises:
        BadInput: see `due_slots`; a glob that matches no job is an error in the worker's log.
    """
    run_due_slots = None if run_due_every is None else due_slots(run_due_every)
    how = {"retry": False, **how}

    @app.task(name="jobs_api.trigger", **how)
    def trigger(name: str, scheduled_at: str) -> str:
        return firing.fire(name, source=SOURCE, scheduled_at=scheduled_at)

    @app.task(name="jobs_api.run_due", **how)
    def run_due() -> str:
        return firing.fire_due(source=SOURCE)

    @app.periodic(cron="* * * * *", periodic_id="jobs_api")
    @app.task(name="jobs_api.minute", **how)
    async def minute(timestamp: int) -> list[str]:
        at = datetime.fromtimestamp(timestamp, UTC)
        names = list(due_names(only, at))
        for name in names:
            await trigger.defer_async(name=name, scheduled_at=at.isoformat())
        if run_due_slots is not None and is_due(run_due_slots, at):
            await run_due.defer_async()
        return names


def due_names(only: str, at: datetime) -> Iterator[str]:
    """The jobs with a slot in the minute that ends now; an error in the declarations is logged."""
    try:
        jobs = scheduled_jobs(only)
    except (BadInput, ImproperlyConfigured) as error:
        logger.error("procrastinate triggers no job: %s", error)
        return
    yield from (job.name for job in jobs if is_due(job.slots, at))


def is_due(slots: Schedule, at: datetime) -> bool:
    """Whether a slot has come in the minute that ends now."""
    slot = previous_slot(slots, at)
    return slot is not None and slot.astimezone(UTC) > at - MINUTE
