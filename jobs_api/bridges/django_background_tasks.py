"""django-background-tasks: run-due every minute, and jobs at regular intervals as tasks of their own.

In a module `tasks` of an app, which `manage.py process_tasks` imports::

    from jobs_api.bridges.django_background_tasks import fire, fire_due

`manage.py jobs_sync django-background-tasks` keeps the rows in step. The library knows seconds between two
runs and no calendar. A job whose slots are always equally far apart gets a row of its own; run-due starts the
others, and as long as there are such jobs it is called each minute. The repeating task of a worker that was
killed waits for MAX_RUN_TIME, an hour: `sync` frees it.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, datetime

from background_task import background
from background_task.models import Task
from django.db import router, transaction

from jobs_api import clock
from jobs_api.bridges.common import firing
from jobs_api.bridges.common.choosing import MARK, RUN_DUE, due_slots, scheduled_jobs
from jobs_api.bridges.common.lines import interval_of
from jobs_api.bridges.common.rows import Changes

SOURCE, APP = "django-background-tasks", "background_task"
TRIGGER, DUE = "jobs_api.trigger", "jobs_api.run_due"
"""The names of the tasks, which a row holds."""
MINUTE = 60


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
    phase: int = dataclasses.field(init=False)
    """Seconds after a multiple of `repeat`, which each repetition keeps; 0 where any will do."""

    def __post_init__(self) -> None:
        phase = int(self.run_at.timestamp()) % self.repeat if self.repeat and self.task_name == TRIGGER else 0
        object.__setattr__(self, "phase", phase)

    @property
    def name(self) -> str:
        """For people."""
        return MARK + ", ".join(json.loads(self.task_params)[0] or [RUN_DUE])


def sync(only: str = "*", *, run_due_every: int | None = 5, check: bool = False) -> Changes:
    """Add, change and remove our rows.

    Args:
        only: a glob of the names of jobs that get rows of their own, where their slots allow it.
        run_due_every: minutes; 1 as long as another job has a schedule; None: run-due is not called.
        check: only look.

    Raises:
        BadInput, WrongUse, ImproperlyConfigured: see `scheduled_jobs` and `due_slots`.
    """
    wanted = list(_wanted(only, run_due_every, clock.host()))
    with transaction.atomic(router.db_for_write(Task)):
        return _replace(wanted, check=check)


def _wanted(only: str, run_due_every: int | None, now: datetime) -> Iterator[Row]:
    own = {job.name: seconds for job in scheduled_jobs(only) if (seconds := interval_of(job.slots, now))}
    jobs = scheduled_jobs()
    for job in jobs:
        if job.name in own:
            following = job.next_run_date(now) or now
            yield Row(TRIGGER, _params(job.name), own[job.name], following.astimezone(UTC))
    if run_due_every is not None:
        due_slots(run_due_every)
        seconds = run_due_every * MINUTE if len(own) == len(jobs) else MINUTE
        yield Row(DUE, _params(), seconds, now)


def _params(*args: str) -> str:
    return json.dumps((args, {}), sort_keys=True)


def _replace(wanted: list[Row], *, check: bool) -> Changes:
    """Rows that are there and right stay as they are: each holds the time of its next run."""
    there: set[Row] = set()
    stale = []
    for task in Task.objects.filter(task_name__in=(TRIGGER, DUE)).order_by("pk"):
        row = Row(task.task_name, task.task_params, task.repeat, task.run_at)
        runs = task.locked_by is not None and task.locked_by_pid_running()
        if row in wanted and row not in there and (runs or task.locked_by is None):
            there.add(row)
        elif not runs:
            stale.append((row.name, task))
    missing = [row for row in wanted if row not in there]
    if not check:
        for _, task in stale:
            task.delete()
        for row in missing:
            _add(row)
    return _changes({name for name, _ in stale}, {row.name for row in missing})


def _add(row: Row) -> None:
    args, _ = json.loads(row.task_params)
    Task.objects.new_task(
        row.task_name, args, {}, run_at=row.run_at, repeat=row.repeat, verbose_name=row.name
    ).save()


def _changes(stale: set[str], missing: set[str]) -> Changes:
    return Changes(
        added=tuple(sorted(missing - stale)),
        changed=tuple(sorted(missing & stale)),
        removed=tuple(sorted(stale - missing)),
    )
