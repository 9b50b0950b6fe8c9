"""Schedules and tasks of Celery, as beat and django-celery-beat hold them."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from jobs_api.importers.common import calls, day_fields, intervals
from jobs_api.importers.common.cron_fields import BadSchedule
from jobs_api.importers.common.entry import CannotCarry
from jobs_api.schedule.slots import Schedule
from jobs_api.text.secrets import masked

SUN = "It follows the sun, which no cron line does."
BUILT_IN = ("celery.backend_cleanup", "celery.chord_unlock")


@dataclasses.dataclass(frozen=True)
class When:
    """A schedule of Celery's, as ours."""

    line: str
    notes: tuple[str, ...] = ()


def when(schedule: Any) -> When:
    """The cron line of a schedule object, a timedelta or a number of seconds.

    Raises:
        CannotCarry: no cron line has that rhythm.
    """
    if isinstance(schedule, (int, float)) and not isinstance(schedule, bool):
        schedule = timedelta(seconds=schedule)
    if isinstance(schedule, timedelta):
        return When(intervals.line(schedule), (intervals.NOTE,))
    kinds = {kind.__name__ for kind in type(schedule).__mro__ if kind.__module__ == "celery.schedules"}
    if "crontab" in kinds:
        return When(_cron(schedule))
    if "solar" in kinds:
        raise CannotCarry(SUN)
    every = getattr(schedule, "run_every", None)
    if "schedule" in kinds and isinstance(every, timedelta):
        return when(every)
    raise CannotCarry(f"Its schedule is an object of the class {type(schedule).__name__}.")


def _cron(schedule: Any) -> str:
    return day_fields.line(
        schedule.minute,
        schedule.hour,
        schedule.day_of_month,
        schedule.month_of_year,
        schedule.day_of_week,
    )


def zone_name(zone: object) -> str | None:
    """The IANA name of a zone; None where it has none, such as "local"."""
    name = str(getattr(zone, "key", None) or getattr(zone, "zone", None) or zone)
    try:
        return Schedule.parse(None, name).timezone
    except BadSchedule:
        return None


def is_ours(schedule: Any, task: str) -> bool:
    """Whether it is a bridge of jobs_api."""
    return calls.is_bridge(type(schedule).__module__) or calls.is_bridge(task)


def called(task: str, app: Any, args: Any, kwargs: Any) -> tuple[dict[str, Any], list[str]]:
    """The job that calls this task with its arguments, and notes.

    Raises:
        CannotCarry: nothing is known of it but a name.
    """
    if not isinstance(args or [], (list, tuple)) or not isinstance(kwargs or {}, Mapping):
        raise CannotCarry("Its arguments are not a list and a dictionary.")
    registered = None if app is None else app.tasks.get(task)
    path = task if registered is None else _path(registered)
    notes = [] if registered is not None or app is None else ["No task of this name is registered."]
    fields = calls.fields(path, args or (), kwargs or {})
    limit = getattr(registered, "time_limit", None) or (None if app is None else app.conf.task_time_limit)
    return ({**fields, "timeout": limit} if limit else fields), notes


def _path(task: Any) -> str:
    """Where the task is; of a class, its method."""
    module, name = type(task).__module__, type(task).__name__
    found = getattr(sys.modules.get(module), name, None)
    return f"{module}.{name}.run" if inspect.isclass(found) else f"{module}.{name}"


def of_options(options: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    """The fields that options of a beat entry give."""
    rest = {name: value for name, value in options.items() if value not in (None, "")}
    expires = rest.pop("expires", None)
    fields: dict[str, Any] = {}
    if isinstance(expires, timedelta):
        expires = expires.total_seconds()
    if isinstance(expires, (int, float)) and expires > 0:
        fields["expires"] = expires
    elif expires is not None:
        notes.append("It expires at a fixed time, which is not carried over.")
    limit = rest.pop("time_limit", None)
    if isinstance(limit, (int, float)) and limit > 0:
        fields["timeout"] = limit
    if rest:
        notes.append(f"Options of Celery are not carried over: {masked(calls.shown(rest))}.")
    return fields
