"""django-periodic-tasks: rows whose cron lines enqueue one of Django's tasks, which triggers the job.

`manage.py jobs_sync django-periodic-tasks` keeps the rows in step. It needs Python 3.12, and a backend of
Django's tasks with a queue: the immediate one runs a task in the scheduler's transaction, where jobs_api
refuses to start anything. The lines are in UTC, for each offset of the job's zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django_periodic_tasks.compat import task
from django_periodic_tasks.models import ScheduledTask

from jobs_api import clock
from jobs_api.bridges.common import firing
from jobs_api.bridges.common.choosing import MARK, RUN_DUE, due_slots, scheduled_jobs
from jobs_api.bridges.common.lines import utc_lines
from jobs_api.bridges.common.rows import Changes, keep_in_step, row_name

SOURCE, APP = "django-periodic-tasks", "django_periodic_tasks"
LONGEST = 200
TRIGGER, DUE = f"{__name__}.fire", f"{__name__}.fire_due"


@task()  # type: ignore[untyped-decorator]
def fire(name: str) -> str:
    """Trigger a job; returns what came of it."""
    return firing.fire(name, source=SOURCE)


@task()  # type: ignore[untyped-decorator]
def fire_due() -> str:
    """Start whatever is due; returns what came of it."""
    return firing.fire_due(source=SOURCE)


def sync(only: str = "*", *, run_due_every: int | None = 5, check: bool = False) -> Changes:
    """Add, change and remove our rows.

    Args:
        only: a glob of the names of jobs.
        run_due_every: minutes; None: run-due is not called.
        check: only look.

    Raises:
        BadInput, ImproperlyConfigured: see `scheduled_jobs`, `due_slots` and `keep_in_step`.
    """
    changes = keep_in_step(
        ScheduledTask.objects.all(),
        dict(_wanted(only, run_due_every)),
        is_ours=_is_ours,
        once={},
        renewed={"next_run_at": None},
        check=check,
    )
    waiting = ScheduledTask.objects.filter(name__startswith=MARK, next_run_at=None, enabled=True)
    for row in filter(_is_ours, waiting if changes and not check else ()):
        row.save()  # computes the time of its next run
    return changes


def _is_ours(row: ScheduledTask) -> bool:
    return row.task_path in (TRIGGER, DUE)


def _wanted(only: str, run_due_every: int | None) -> Iterator[tuple[str, dict[str, Any]]]:
    for job in scheduled_jobs(only):
        for number, line in enumerate(utc_lines(job.slots, clock.host()), 1):
            name = job.name if number == 1 else f"{job.name} {number}"
            yield row_name(name, LONGEST), _fields(TRIGGER, line, job.name)
    if run_due_every is not None:
        yield row_name(RUN_DUE, LONGEST), _fields(DUE, str(due_slots(run_due_every).expression))


def _fields(path: str, line: str, *args: str) -> dict[str, Any]:
    return {"task_path": path, "cron_expression": line, "timezone": "UTC", "args": list(args)}
