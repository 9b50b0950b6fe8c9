"""django-periodic-tasks: rows whose cron lines enqueue one of Django's tasks, which triggers the job.

`manage.py jobs_sync django-periodic-tasks` writes the rows, or in code::

    from jobs_api.bridges.django_periodic_tasks import sync

    sync()

It needs Python 3.12 and a backend of Django's tasks with a queue: the immediate one would run the task in the
scheduler's transaction, where jobs_api refuses to start anything. The lines are in UTC, for each offset of
the job's zone. Rows of ours that are not wanted any more are removed; others are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import router, transaction
from django.utils import timezone
from django_periodic_tasks.compat import task
from django_periodic_tasks.models import ScheduledTask

from jobs_api.bridges.common import firing
from jobs_api.bridges.common.choosing import MARK, RUN_DUE, due_slots, scheduled_jobs
from jobs_api.bridges.common.lines import utc_lines

SOURCE = "django-periodic-tasks"
HERE = __name__


@task()  # type: ignore[untyped-decorator]
def fire(name: str) -> str:
    """Trigger a job; returns what came of it."""
    return firing.fire(name, source=SOURCE)


@task()  # type: ignore[untyped-decorator]
def fire_due() -> str:
    """Start whatever is due; returns what came of it."""
    return firing.fire_due(source=SOURCE)


def sync(only: str = "*", *, run_due_every: int | None = 5, **how: Any) -> None:
    """Bring the rows in step with the declarations.

    Args:
        only: a glob of the names of jobs.
        run_due_every: minutes; None: run-due is not called.
        how: further fields of a row, such as `queue_name`, `priority`, `backend`.

    Raises:
        BadInput, WrongUse, ImproperlyConfigured: see `scheduled_jobs` and `due_slots`.
    """
    wanted = {name: {**how, **fields} for name, fields in _rows(only, run_due_every)}
    with transaction.atomic(router.db_for_write(ScheduledTask)):
        ours = ScheduledTask.objects.filter(name__startswith=MARK)
        ours.exclude(name__in=wanted).delete()
        there = {row.name: row for row in ours}
        for name, fields in wanted.items():
            row = there.get(name)
            if row is None or any(getattr(row, key) != value for key, value in fields.items()):
                # The next time is computed anew. Somebody may have switched a row off: it stays so.
                ScheduledTask.objects.update_or_create(name=name, defaults={**fields, "next_run_at": None})


def _rows(only: str, run_due_every: int | None) -> Iterator[tuple[str, dict[str, Any]]]:
    for job in scheduled_jobs(only):
        for number, line in enumerate(utc_lines(job.slots, timezone.now()), 1):
            more = f" {number}" if number > 1 else ""
            yield MARK + job.name + more, _fields(f"{HERE}.fire", line, [job.name])
    if run_due_every is not None:
        line = str(due_slots(run_due_every).expression)
        yield MARK + RUN_DUE, _fields(f"{HERE}.fire_due", line, [])


def _fields(path: str, line: str, args: list[str]) -> dict[str, Any]:
    return {"task_path": path, "cron_expression": line, "timezone": "UTC", "args": args}
