"""The schedules of django-q2 (and of django-q)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from jobs_api.importers.common import calls, intervals, loading
from jobs_api.importers.common.cron_fields import BadSchedule, field
from jobs_api.importers.common.cron_lines import of_cron
from jobs_api.importers.common.entry import CannotCarry, Entry
from jobs_api.importers.common.importer import Importer, Source

MONTHS = {"M": 1, "BM": 2, "Q": 3, "Y": 12}
"""How many months lie between two runs."""


class DjangoQ2(Importer):
    """Reads the table of schedules; their times are those of TIME_ZONE."""

    def read(self, source: Source) -> Iterable[Entry]:
        """Every row, in the order in which they were made."""
        cluster = getattr(source.settings, "Q_CLUSTER", None) or {}
        limit = cluster.get("timeout") if isinstance(cluster, Mapping) else None
        for row in loading.model("django_q", "Schedule").objects.order_by("pk"):
            yield _entry(row, limit)


def _entry(row: Any, limit: Any) -> Entry:
    when = row.cron if row.schedule_type == "C" else row.minutes
    said = f"{row.get_schedule_type_display()} {'' if when is None else when}".rstrip()
    original = (f"{row.name or row.pk}: {row.func}, {said}, args={row.args!r}, kwargs={row.kwargs!r}",)
    if calls.is_bridge(row.func):
        return Entry(original=original, notes=(calls.BRIDGED,))
    notes: list[str] = []
    try:
        args, kwargs = _arguments(row)
        options = kwargs.pop("q_options", None) or {}
        called = calls.fields(str(row.func).replace(":", "."), args, kwargs)
        schedule = _schedule(row, notes)
    except (CannotCarry, BadSchedule) as error:
        return Entry(original=original, reason=str(error))
    timeout = options.get("timeout", limit) if isinstance(options, Mapping) else limit
    fields = {"name": row.name or calls.name_of(called), **called, "schedule": schedule}
    if isinstance(timeout, (int, float)) and timeout > 0:
        fields["timeout"] = timeout
    _note(row, notes)
    return Entry(original=original, fields=fields, notes=tuple(notes), reason=_off(row))


def _off(row: Any) -> str:
    return "It is disabled there (repeats is 0)." if row.repeats == 0 else ""


def _note(row: Any, notes: list[str]) -> None:
    if row.hook:
        notes.append(f"The hook {row.hook} is not called; signals of jobs_api tell what came of a run.")
    if getattr(row, "cluster", None):
        notes.append(f"It ran in the cluster {row.cluster!r}: choose an executor.")
    if name := getattr(row, "intended_date_kwarg", None):
        notes.append(f"{name} was the scheduled time: read current_run().run_date instead.")


def _arguments(row: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Its arguments, read as django-q2 does: literals only, nothing is evaluated."""
    try:
        args = ast.literal_eval(row.args) if row.args else ()
        kwargs = _named(row.kwargs) if row.kwargs else {}
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError, IndexError, AttributeError):
        raise CannotCarry("Its arguments are not literals of Python.") from None
    return (args if isinstance(args, tuple) else (args,)), kwargs


def _named(text: str) -> dict[str, Any]:
    try:
        return dict(ast.literal_eval(text))
    except (SyntaxError, ValueError):
        call: Any = ast.parse(f"f({text})").body[0]
        if call.value.args or any(keyword.arg is None for keyword in call.value.keywords):
            raise ValueError("not only name=value") from None
        return {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.value.keywords}


def _schedule(row: Any, notes: list[str]) -> str:
    if row.schedule_type == "O":
        raise CannotCarry("It runs once, which is not a schedule: trigger a job on demand when it is time.")
    if row.repeats > 0:
        raise CannotCarry(f"It runs only {row.repeats} more times, which no schedule says.")
    if row.schedule_type == "C":
        return of_cron(row.cron or "", notes)
    if row.next_run is None:
        raise CannotCarry("It has no next run, from which the time of day would follow.")
    start = timezone.localtime(row.next_run)
    notes.append(f"The times come from its next run, {start.isoformat(timespec='minutes')}.")
    every = {
        "I": timedelta(minutes=row.minutes or 1),
        "H": timedelta(hours=1),
        "D": timedelta(days=1),
        "W": timedelta(weeks=1),
    }
    if row.schedule_type in every:
        return intervals.line(every[row.schedule_type], start)
    if row.schedule_type in MONTHS:
        return _monthly(start, MONTHS[row.schedule_type], notes)
    raise CannotCarry(f"{row.get_schedule_type_display()} is not a rhythm of cron.")


def _monthly(start: datetime, step: int, notes: list[str]) -> str:
    day = "L" if start.day == 31 else str(start.day)
    if start.day > 28:
        notes.append("Months without that day: django-q2 moved it to an earlier one and kept that.")
    months = field(3, [(start.month - 1 + step * each) % 12 + 1 for each in range(12 // step)])
    return f"{start.minute} {start.hour} {day} {months} *"


importer = DjangoQ2(
    "the schedules of django-q2",
    example="django-q2",
    notes=("All times are those of TIME_ZONE, as in django-q2.",),
)
