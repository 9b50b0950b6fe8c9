"""django-background-tasks: run-due every minute, and jobs at regular intervals as tasks of their own.

In a module `tasks` of an app, which `manage.py process_tasks` imports::

    from jobs_api.bridges.django_background_tasks import sync

    sync()

The library knows seconds between two runs and no calendar: run-due every minute starts all jobs in time. Jobs
whose slots are always equally far apart can have rows of their own: `sync(only="ping_*")`. Rows of ours that
are not wanted any more are removed; others are left alone. The repeating task of a worker that was killed
would wait for an hour: `sync` frees it.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, datetime

from background_task import background
from background_task.models import Task
from django.db import DatabaseError, router, transaction
from django.utils import timezone

from jobs_api.bridges.common import firing
from jobs_api.bridges.common.choosing import MARK, RUN_DUE, scheduled_jobs
from jobs_api.bridges.common.lines import interval_of
from jobs_api.exceptions import BadInput
from jobs_api.registry.job import Job
from jobs_api.text import loggers

logger = loggers.logger(__name__)

SOURCE = "django-background-tasks"
TRIGGER, DUE = "jobs_api.trigger", "jobs_api.run_due"
"""The names of the tasks, which a row holds."""


@background(name=TRIGGER)  # type: ignore[untyped-decorator]
def fire(name: str) -> None:
    """Trigger a job. It raises nothing: the library would run it again, up to 25 times."""
    firing.fire(name, source=SOURCE)


@background(name=DUE)  # type: ignore[untyped-decorator]
def fire_due() -> None:
    """Start whatever is due."""
    firing.fire_due(source=SOURCE)


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """A repeating task."""

    task_name: str
    task_params: str
    repeat: int
    """Seconds."""
    run_at: datetime = dataclasses.field(compare=False)
    verbose_name: str = dataclasses.field(compare=False)


def sync(only: str = "", *, run_due_seconds: int | None = 60) -> None:
    """Bring the rows in step with the declarations; without tables it only logs a warning.

    Args:
        only: a glob of jobs that get a row of their own; empty: none.
        run_due_seconds: how often run-due is called; None: never.

    Raises:
        BadInput: the slots of such a job are not always equally far apart; or see `scheduled_jobs`.
    """
    wanted = list(_rows(only, run_due_seconds, timezone.now()))
    try:
        with transaction.atomic(router.db_for_write(Task)):
            _replace(wanted)
    except DatabaseError as error:  # no tables yet: `migrate` imports modules, too
        logger.warning("The tasks of django-background-tasks were not brought in step: %s", error)


def _rows(only: str, run_due_seconds: int | None, now: datetime) -> Iterator[Row]:
    if run_due_seconds is not None:
        yield Row(DUE, _params(), run_due_seconds, now, MARK + RUN_DUE)
    for job in scheduled_jobs(only) if only else ():
        yield Row(TRIGGER, _params(job.name), _seconds(job, now), _first(job, now), MARK + job.name)


def _params(*args: str) -> str:
    return json.dumps((args, {}), sort_keys=True)


def _seconds(job: Job, now: datetime) -> int:
    seconds = interval_of(job.slots, now)
    if seconds is None:
        raise BadInput(
            f"The slots of {job.name!r} ({job.schedule}) are not always equally far apart, and "
            "django-background-tasks knows no calendar: leave this job to run-due."
        )
    return seconds


def _first(job: Job, now: datetime) -> datetime:
    following = job.next_run_date(now)
    return now if following is None else following.astimezone(UTC)


def _replace(wanted: list[Row]) -> None:
    """Rows that are there and right stay as they are: each holds the time of its next run."""
    there: set[Row] = set()
    for task in Task.objects.filter(task_name__in=(TRIGGER, DUE)).order_by("pk"):
        row = Row(task.task_name, task.task_params, task.repeat, task.run_at, "")
        runs = task.locked_by is not None and task.locked_by_pid_running()
        if row in wanted and row not in there and (runs or task.locked_by is None):
            there.add(row)
        elif not runs:
            task.delete()
    for row in wanted:
        if row not in there:
            args, _ = json.loads(row.task_params)
            how = {"run_at": row.run_at, "repeat": row.repeat, "verbose_name": row.verbose_name}
            Task.objects.new_task(row.task_name, args, {}, **how).save()
