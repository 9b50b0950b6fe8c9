"""The beat_schedule of a Celery app: evaluated, never read as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jobs_api.importers.common import calls, celery_schedules, loading
from jobs_api.importers.common.entry import CannotCarry, Entry, Unreadable
from jobs_api.importers.common.importer import Importer, Source, zone_fields

SETTINGS = ("CELERY_BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE", "BEAT_SCHEDULE")
ZONES = ("CELERY_TIMEZONE", "CELERY_TIME_ZONE")


class CeleryBeat(Importer):
    """Reads the app that --app names, else the setting, else the app of the project."""

    def read(self, source: Source) -> Iterable[Entry]:
        """Every entry of the schedule."""
        app = _loaded(loading.load(source.app)) if source.app else None
        schedule, zone = _of_app(app) if app is not None else _of_settings(source.settings)
        if not schedule:
            app = _current()
            schedule, zone = _of_app(app) if app is not None else ({}, None)
        if not schedule:
            raise Unreadable("There is no beat_schedule. Name the app: --app shop.celery:app")
        for name, entry in schedule.items():
            yield _entry(str(name), entry, app, source.timezone or zone)


def _loaded(app: Any) -> Any:
    """The app with everything that adds to its schedule: tasks and what waits for its signals."""
    if not hasattr(app, "conf") or not hasattr(app, "tasks"):
        raise Unreadable("--app does not name an app of Celery.")
    try:
        app.loader.import_default_modules()
        app.finalize()
        dict(app.conf.beat_schedule)  # entries of ours are made now
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the project's modules raise
        raise Unreadable(f"The Celery app cannot be loaded: {type(error).__name__}: {error}") from None
    return app


def _of_app(app: Any) -> tuple[Mapping[str, Any], str | None]:
    return dict(app.conf.beat_schedule or {}), celery_schedules.zone_name(app.timezone)


def _of_settings(settings: Any) -> tuple[Mapping[str, Any], str | None]:
    schedule: Any = next((found for name in SETTINGS if (found := getattr(settings, name, None))), {})
    zone = next((found for name in ZONES if (found := getattr(settings, name, None))), "UTC")
    if not isinstance(schedule, Mapping):
        raise Unreadable("The beat schedule of the settings is not a dictionary.")
    return schedule, celery_schedules.zone_name(zone)


def _current() -> Any:
    """The app that the project has made when Django was set up; None if it has made none."""
    celery = loading.module("celery", 'Install it: pip install "django-jobs-api[celery]"')
    app = celery.current_app._get_current_object()
    return None if app.main in (None, "default") else _loaded(app)


def _entry(name: str, entry: Any, app: Any, zone: str | None) -> Entry:
    original = tuple(_shown(name, entry))
    if not isinstance(entry, Mapping) or not isinstance(entry.get("task"), str) or "schedule" not in entry:
        return Entry(original=original, reason="It has no task or no schedule.")
    if celery_schedules.is_ours(entry["schedule"], entry["task"]):
        return Entry(original=original, notes=(calls.BRIDGED,))
    if entry["task"] in celery_schedules.BUILT_IN:
        return Entry(original=original, reason="It is Celery's own: leave it to Celery.")
    try:
        due = celery_schedules.when(entry["schedule"])
        fields, notes = celery_schedules.called(entry["task"], app, entry.get("args"), entry.get("kwargs"))
    except CannotCarry as error:
        return Entry(original=original, reason=str(error))
    options = celery_schedules.of_options(entry.get("options") or {}, notes)
    fields = {"name": name, **fields, "schedule": due.line, **zone_fields(zone), **options}
    return Entry(original=original, fields=fields, notes=(*due.notes, *notes))


def _shown(name: str, entry: Any) -> Iterator[str]:
    if not isinstance(entry, Mapping):
        yield f"{calls.shown(name)}: {calls.shown(entry)}"
        return
    rest = {key: value for key, value in entry.items() if key != "schedule"}
    yield f"{calls.shown(name)}: {calls.shown(rest)}, {_schedule(entry.get('schedule'))}"


def _schedule(schedule: Any) -> str:
    """Celery's own words for its schedules; of another class only the name."""
    home = type(schedule).__module__
    plain = home in ("celery.schedules", "datetime", "builtins")
    return str(schedule) if plain else f"<{type(schedule).__name__}>"


importer = CeleryBeat(
    "beat_schedule of a Celery app",
    example="celery-beat --app shop.celery:app",
    notes=(
        "A task is called in the run of its job, on the job's executor; what it returns goes to the output.",
        "Celery's times are in the zone of its app, which is UTC unless it says otherwise.",
    ),
)
