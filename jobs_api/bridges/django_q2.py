"""django-q2: rows of its table of schedules, which `manage.py jobs_sync django-q2` keeps in step.

A cluster computes the next time of a row with croniter, in TIME_ZONE only, and fires twice in a repeated
hour. So each call sets its row to the job's own next slot. The call carries the time for which it was
planned. A failed job is a task that succeeded, with text: by default django-q2 sends a failed task again.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError
from django_q.models import Schedule

from jobs_api import clock, registry
from jobs_api.bridges.common import firing
from jobs_api.bridges.common.choosing import MARK, RUN_DUE, due_slots, scheduled_jobs
from jobs_api.bridges.common.rows import Changes, keep_in_step, row_name
from jobs_api.conf import config
from jobs_api.exceptions import BadInput
from jobs_api.registry.job import Job
from jobs_api.schedule.slots import Schedule as Slots
from jobs_api.schedule.slots import next_slot, previous_slot
from jobs_api.text import loggers

logger = loggers.logger(__name__)

SOURCE, APP = "django-q2", "django_q"
LONGEST = 100
DOWN = timedelta(hours=1)
"""A row that is due for longer tells that no cluster has looked: they look every half minute."""
TRIGGER, DUE = f"{__name__}.fire", f"{__name__}.fire_due"


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
        Schedule.objects.all(),
        dict(_wanted(only, run_due_every)),
        is_ours=_is_ours,
        once={"repeats": -1, "next_run": clock.host() + timedelta(days=1)},
        renewed={},
        check=check,
    )
    if not check:
        _set_next_times()
    return changes


def fire(name: str, scheduled_at: str | None = None) -> str:
    """Trigger a job; returns what came of it."""
    told = firing.fire(name, source=SOURCE, scheduled_at=scheduled_at)
    _set_next_times(row_name(name, LONGEST))
    return told


def fire_due() -> str:
    """Start whatever is due; returns what came of it."""
    told = firing.fire_due(source=SOURCE)
    _set_next_times()
    return told


# -- rows -------------------------------------------------------------------------------------


def _wanted(only: str, run_due_every: int | None) -> Iterator[tuple[str, dict[str, Any]]]:
    jobs = scheduled_jobs(only)
    for job in jobs:
        yield row_name(job.name, LONGEST), _fields(TRIGGER, [job], job.name) | _line(job)
    if run_due_every is not None:
        due_slots(run_due_every)
        how = {"schedule_type": Schedule.MINUTES, "minutes": run_due_every, "cron": None}
        yield row_name(RUN_DUE, LONGEST), _fields(DUE, jobs) | how


def _line(job: Job) -> dict[str, Any]:
    """The line for people, and for the time until the first call has set the next one."""
    line = str(job.slots.expression)
    if _is_readable(line):
        return {"schedule_type": Schedule.CRON, "cron": line, "minutes": None}
    return {"schedule_type": Schedule.DAILY, "cron": None, "minutes": None}


def _is_readable(line: str) -> bool:
    """Whether croniter, which is optional, takes it; it has no LW."""
    try:
        from croniter import croniter
    except ImportError:
        return False
    return bool(croniter.is_valid(line))


def _fields(func: str, jobs: list[Job], *args: str) -> dict[str, Any]:
    """An inline command runs in the task: the cluster's time limit must be later than ours."""
    inline = max((job.timeout for job in jobs if job.executor_name == "inline"), default=0)
    limit = math.ceil(inline + config().kill_seconds + config().lease_seconds)
    options = {"timeout": limit, "ack_failure": True}
    return {
        "func": func,
        "args": repr(args) if args else None,
        "kwargs": repr({"q_options": options}),
        "intended_date_kwarg": "scheduled_at" if args else None,
        "hook": None,
    }


def _is_ours(row: Schedule) -> bool:
    return row.func in (TRIGGER, DUE)


# -- when ours are due ------------------------------------------------------------------------


def _set_next_times(*names: str) -> None:
    """Set the rows of these names, or all of ours, to their next slots.

    A row that is due is left to the cluster, unless none has looked for long: some rows would then be called
    once for each time that has passed. It is no call's fault if this fails: the next one does it.
    """
    rows = Schedule.objects.filter(name__startswith=MARK, **({"name__in": names} if names else {}))
    now = clock.host()
    try:
        for row in filter(_is_ours, rows.exclude(next_run__range=(now - DOWN, now)).exclude(next_run=None)):
            _set_next_time(row, now)
    except DatabaseError as error:
        logger.warning("The next times of django-q2's rows could not be set: %s", error)


def _set_next_time(row: Schedule, now: datetime) -> None:
    slots = _slots(row)
    if slots is None:
        return
    is_overdue = row.next_run <= now
    due = previous_slot(slots, now) if is_overdue else next_slot(slots, now)
    if due is not None and (row.next_run < due if is_overdue else row.next_run != due):
        Schedule.objects.filter(pk=row.pk, next_run=row.next_run).update(next_run=due)


def _slots(row: Schedule) -> Slots | None:
    """None: its job is not declared any more, or somebody has changed the row: the next sync corrects it."""
    try:
        if row.func == DUE:
            return due_slots(row.minutes)
        (name,) = ast.literal_eval(row.args)
        job = registry.find(name)
    except (BadInput, SyntaxError, TypeError, ValueError):
        return None
    return job.slots if job else None
