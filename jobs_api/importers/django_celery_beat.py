"""The rows of django-celery-beat."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from jobs_api.importers.common import calls, celery_schedules, loading
from jobs_api.importers.common.entry import CannotCarry, Entry
from jobs_api.importers.common.importer import Importer, Source, zone_fields

KINDS = ("crontab", "interval", "solar", "clocked")
OPTIONS = ("queue", "exchange", "routing_key", "priority")


class DjangoCeleryBeat(Importer):
    """Reads the table of periodic tasks, with their schedules."""

    def read(self, source: Source) -> Iterable[Entry]:
        """Every row, by its name."""
        rows = loading.model("django_celery_beat", "PeriodicTask").objects
        app = loading.load(source.app) if source.app else None
        for row in rows.select_related(*KINDS).order_by("name"):
            yield _entry(row, app, source)


def _entry(row: Any, app: Any, source: Source) -> Entry:
    kind = next((kind for kind in KINDS if getattr(row, kind, None) is not None), None)
    schedule = None if kind is None else getattr(row, kind)
    original = (f"{row.name}: {row.task}, {kind} {schedule}, args={row.args}, kwargs={row.kwargs}",)
    if row.task in celery_schedules.BUILT_IN:
        return Entry(original=original, reason="It is Celery's own: leave it to Celery.")
    if calls.is_bridge(row.task):
        return Entry(original=original, notes=(calls.BRIDGED,))
    try:
        fields, notes = _fields(row, kind, schedule, app, source)
    except CannotCarry as error:
        return Entry(original=original, reason=str(error))
    reason = "" if row.enabled else "It is disabled there."
    return Entry(original=original, fields=fields, notes=tuple(notes), reason=reason)


def _fields(
    row: Any, kind: str | None, schedule: Any, app: Any, source: Source
) -> tuple[dict[str, Any], list[str]]:
    if schedule is None:
        raise CannotCarry("It has no schedule.")
    if kind == "clocked" or row.one_off:
        raise CannotCarry("It runs once, which is not a schedule: trigger a job on demand when it is time.")
    if kind == "solar":  # Celery's own object of it needs another package
        raise CannotCarry(celery_schedules.SUN)
    due = celery_schedules.when(_made(schedule))
    args, kwargs = _json(row.args, []), _json(row.kwargs, {})
    called, notes = celery_schedules.called(row.task, app, args, kwargs)
    zone = celery_schedules.zone_name(schedule.timezone) if kind == "crontab" else source.timezone
    options = {name: getattr(row, name, None) for name in OPTIONS}
    options["expires"] = row.expire_seconds or row.expires
    if row.start_time:
        notes.append(f"It starts at {row.start_time.isoformat()}: pause the job until then.")
    described = {"description": row.description} if row.description else {}
    fields = {"name": row.name, **called, "schedule": due.line, **zone_fields(zone)}
    return {**fields, **celery_schedules.of_options(options, notes), **described}, [*due.notes, *notes]


def _made(schedule: Any) -> Any:
    """Celery's object of a row, which the admin has checked, but no other way to write it."""
    try:
        return schedule.schedule
    except Exception as error:  # noqa: BLE001 - a package's own code reads here what it did not write
        raise CannotCarry(f"Its schedule cannot be read: {type(error).__name__}: {error}") from None


def _json(text: str, empty: Any) -> Any:
    try:
        return json.loads(text or "null") or empty
    except (ValueError, RecursionError):
        raise CannotCarry(f"Its arguments are not JSON: {calls.shown(text)[:80]}.") from None


importer = DjangoCeleryBeat(
    "the rows of django-celery-beat",
    example="django-celery-beat --app shop.celery:app",
    notes=(
        "--app names the Celery app, so that tasks are found by their names.",
        "Without it, the name of a task is taken as its dotted path.",
    ),
)
