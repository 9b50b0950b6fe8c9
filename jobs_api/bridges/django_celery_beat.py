"""django-celery-beat: rows in its tables, which `manage.py jobs_sync django-celery-beat` keeps in step.

Its crontabs are Celery's, which lose an hour when clocks change, and know neither `L` nor both day fields
with OR. So our rows have lines in UTC that fire at each slot and at some other times, too: a call at another
time finds its slot done and changes nothing. A job may have several rows. The tasks are those of
`jobs_api.bridges.celery_beat`. Whether a row of ours is enabled, its queue and its priority are the
operators' own: they are left as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django_celery_beat.models import CrontabSchedule, PeriodicTask, PeriodicTasks

from jobs_api import clock
from jobs_api.bridges.celery_beat import DUE, TRIGGER
from jobs_api.bridges.common.choosing import RUN_DUE, due_slots, scheduled_jobs
from jobs_api.bridges.common.rows import Changes, keep_in_step, row_name
from jobs_api.exporters.common.lateness import limit
from jobs_api.schedule.foreign_lines import Target, foreign_lines

SOURCE, APP = "django-celery-beat", "django_celery_beat"
LONGEST = 200
CELERY = Target(zones=False, sunday=None, last_day=False, lines=None, floor=1)
UTC = ZoneInfo("UTC")
FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
WRITTEN = "Written by: manage.py jobs_sync django-celery-beat"


def sync(only: str = "*", *, run_due_every: int | None = 5, check: bool = False) -> Changes:
    """Add, change and remove our rows of PeriodicTask.

    Args:
        only: a glob of the names of jobs.
        run_due_every: minutes; None: run-due is not called.
        check: only look.

    Raises:
        BadInput, ImproperlyConfigured: see `scheduled_jobs`, `due_slots` and `keep_in_step`.
    """
    wanted, now = dict(_wanted(only, run_due_every)), clock.host()
    ids = _crontab_ids({fields["line"] for fields in wanted.values()}, check=check)
    for fields in wanted.values():
        fields["crontab_id"] = ids.get(fields.pop("line"))
    changes = keep_in_step(
        PeriodicTask.objects.all(),
        wanted,
        is_ours=lambda row: row.task in (TRIGGER, DUE),
        once={"enabled": True},
        # Else a line that was changed would fire at once, for a slot from before it was declared.
        renewed={"last_run_at": now, "date_changed": now},
        check=check,
    )
    if changes and not check:
        PeriodicTasks.update_changed()  # beat reads its rows again
    return changes


def _wanted(only: str, run_due_every: int | None) -> Iterator[tuple[str, dict[str, Any]]]:
    year = clock.host().year
    for job in scheduled_jobs(only):
        found = foreign_lines(job.slots, CELERY, year)
        late = limit(job, year, surplus=found.surplus)
        kwargs = {} if late is None else {"max_late": late}
        for number, line in enumerate(found.lines, start=1):
            name = job.name if number == 1 else f"{job.name} #{number}"
            yield row_name(name, LONGEST), _fields(TRIGGER, line, [job.name], kwargs)
    if run_due_every is not None:
        line = str(due_slots(run_due_every).expression)
        yield row_name(RUN_DUE, LONGEST), _fields(DUE, line, [], {})


def _fields(task: str, line: str, args: list[str], kwargs: dict[str, Any]) -> dict[str, Any]:
    return {
        "task": task,
        "line": line,
        "args": json.dumps(args),
        "kwargs": json.dumps({"source": SOURCE, **kwargs}),
        "description": WRITTEN,
        "interval_id": None,
        "solar_id": None,
        "clocked_id": None,
        "one_off": False,
    }


def _crontab_ids(lines: set[str], *, check: bool) -> dict[str, int]:
    """The rows of these lines in UTC; one that is there serves all. With `check` none are made."""
    found = _found_crontabs()
    if not check:
        missing = (dict(zip(FIELDS, line.split(), strict=True)) for line in sorted(lines - set(found)))
        CrontabSchedule.objects.bulk_create([CrontabSchedule(**each, timezone=UTC) for each in missing])
        found = _found_crontabs()
    return found


def _found_crontabs() -> dict[str, int]:
    rows = CrontabSchedule.objects.filter(timezone=UTC).order_by("-pk")
    return {" ".join(fields): pk for pk, *fields in rows.values_list("pk", *FIELDS)}
