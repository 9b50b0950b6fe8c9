"""The setting CRONJOBS of django-crontab."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from jobs_api.importers.common import calls
from jobs_api.importers.common.cron_fields import BadSchedule
from jobs_api.importers.common.cron_lines import of_cron
from jobs_api.importers.common.entry import CannotCarry, Entry, Unreadable
from jobs_api.importers.common.importer import UNZONED, Importer, Source, required, zone_fields
from jobs_api.text.secrets import masked

AROUND = ("CRONTAB_COMMAND_PREFIX", "CRONTAB_COMMAND_SUFFIX")
"""Settings with text that stands around each command."""
TEXT_NOTE = "A job runs in its server or worker, and its output is kept: this text has no place here."


class Cronjobs(Importer):
    """Reads (time, function), (time, function, suffix) and (time, function, args, kwargs, suffix)."""

    def head(self, source: Source) -> tuple[str, ...]:
        """Whose times they are."""
        return self.notes if source.timezone else (UNZONED, *self.notes)

    def read(self, source: Source) -> Iterable[Entry]:
        """Every item of the list is an entry."""
        name, jobs = required(source.settings, "CRONJOBS")
        if isinstance(jobs, str) or not isinstance(jobs, Sequence):
            raise Unreadable(f"{name} is not a list.")
        for setting in AROUND:
            if text := getattr(source.settings, setting, ""):
                yield Entry(original=(f"{setting} = {calls.shown(text)}",), notes=(TEXT_NOTE,))
        overlap = {"overlap": "skip"} if getattr(source.settings, "CRONTAB_LOCK_JOBS", False) else {}
        for job in jobs:
            yield _entry(job, {**zone_fields(source.timezone), **overlap})


def _entry(job: Any, fields: dict[str, Any]) -> Entry:
    original = (calls.shown(job),)
    if not isinstance(job, (list, tuple)) or len(job) < 2:
        return Entry(original=original, reason="It is not (time, function).")
    if calls.is_bridge(job[1]):
        return Entry(original=original, notes=(calls.BRIDGED,))
    try:
        notes: list[str] = []
        args, kwargs, suffix = _parts(list(job[2:]))
        called = calls.fields(job[1], args, kwargs)
        schedule = of_cron(str(job[0]), notes)
    except (CannotCarry, BadSchedule) as error:
        return Entry(original=original, reason=str(error))
    if suffix:
        notes.append(f"Left out: {masked(suffix)}.")
    return Entry(
        original=original,
        fields={"name": calls.name_of(called), **called, "schedule": schedule, **fields},
        notes=tuple(notes),
    )


def _parts(rest: list[Any]) -> tuple[list[Any], dict[str, Any], str]:
    """Arguments and suffix, by django-crontab's own rule: a third item that is text is the suffix."""
    if rest and isinstance(rest[0], str):
        return [], {}, rest[0]
    args, kwargs, suffix = [*rest, None, None, None][:3]
    if not isinstance(args or [], (list, tuple)) or not isinstance(kwargs or {}, dict):
        raise CannotCarry("Its third and fourth items must be a list and a dictionary.")
    return list(args or []), dict(kwargs or {}), str(suffix or "")


importer = Cronjobs(
    "CRONJOBS of django-crontab",
    example="cronjobs --timezone Europe/Berlin",
    notes=(
        'Without CRONTAB_LOCK_JOBS, runs could overlap; a job does not, unless it has overlap="allow".',
        "django-crontab logged a failure and forgot it; a job is tried again (max_attempts=3).",
    ),
)
