"""The classes that CRON_CLASSES names, and the jobs that they become."""

from __future__ import annotations

import dataclasses
import math
import re
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from jobs_api import registry
from jobs_api.compat.django_cron import lines
from jobs_api.compat.django_cron.base import BadCronJobError, CronJobBase, Schedule
from jobs_api.compat.django_cron.lines import Part
from jobs_api.registry.job import Job
from jobs_api.registry.validation import Fault
from jobs_api.schedule import slots

OLD, NEW = "django_cron.", "jobs_api.compat.django_cron."
LOCK_SECONDS = 24 * 3600
"""How long django-cron took a class for running: what was killed later than that is a timeout here."""
FIRST_RETRY = 60
"""Seconds, where a class does not say: django-cron tried again when `runcrons` came next."""
MOST_TRIES = 12
NOT_SLUG = re.compile(r"[^-a-zA-Z0-9_]+", re.ASCII)
ALONE = f"{NEW}running.alone"
LOCK_TIME = "DJANGO_CRON_LOCK_TIME"


@dataclasses.dataclass(frozen=True, slots=True)
class CronClass:
    """One class, and the jobs that it becomes."""

    path: str
    """As CRON_CLASSES names it."""
    kind: type[CronJobBase]
    parts: tuple[tuple[Job, Part], ...]
    """One job for each cron line that its schedule needs, usually one."""

    @property
    def code(self) -> str:
        """Its name in django-cron."""
        return self.kind.code


def find() -> tuple[list[CronClass], list[Fault]]:
    """The classes of CRON_CLASSES, and what is wrong with the others."""
    found: dict[str, CronClass] = {}
    faults = []
    for path in _paths():
        try:
            cron = load(path)
        except BadCronJobError as error:
            text = f"CRON_CLASSES: {path!s:.200}: {error.problem}"
            faults.append(Fault("jobs_api.E060", text, error.hint))
            continue
        if (other := found.setdefault(slug(cron.code), cron)) is not cron:
            text = f"CRON_CLASSES: {path} has the code {cron.code!r}, which {other.path} has already."
            faults.append(Fault("jobs_api.E061", text, "Give each class a code of its own."))
    return list(found.values()), faults


def _paths() -> list[Any]:
    named = getattr(settings, "CRON_CLASSES", ())
    return list(dict.fromkeys(named)) if isinstance(named, (list, tuple)) else [named]


def load(path: Any) -> CronClass:
    """The class with that dotted path, and its jobs.

    Raises:
        BadCronJobError: it cannot be imported, or is not a class that can be run.
    """
    path, kind = resolved(path), get_class(path)
    if not (isinstance(kind, type) and issubclass(kind, CronJobBase)):
        hint = "Import that by `from jobs_api.compat.django_cron import CronJobBase`."
        raise BadCronJobError("it is not a subclass of CronJobBase.", hint)
    if not isinstance(code := getattr(kind, "code", None), str) or not slug(code):
        raise BadCronJobError("it has no code.", 'Write code = "shop.cleanup" in the class.')
    if not isinstance(getattr(kind, "schedule", None), Schedule):
        hint = "Write schedule = Schedule(run_every_mins=60) in the class."
        raise BadCronJobError("it has no schedule.", hint)
    parts = lines.parts(kind.schedule) or [Part()]
    shared = len(parts) > 1 and not kind.ALLOW_PARALLEL_RUNS
    what: dict[str, Any] = {"call": f"{path}.do"}
    if shared:
        what = {"call": ALONE, "args": [path]}
    jobs = [
        _job(kind, part, name, **what) for part, name in zip(parts, _names(code, len(parts)), strict=True)
    ]
    return CronClass(path, kind, tuple(zip(jobs, parts, strict=True)))


def get_class(path: Any) -> Any:
    """What a dotted path names.

    Raises:
        BadCronJobError: it cannot be imported.
    """
    try:
        return import_string(resolved(path))
    except BadCronJobError:
        raise
    except (Exception, SystemExit) as error:  # whatever a module raises must not stop a host
        hint = "Look at the path and at what that module imports."
        if getattr(error, "name", None) in ("django_cron", "django_common"):
            hint = "Write `from jobs_api.compat.django_cron import CronJobBase, Schedule` there."
        raise BadCronJobError(f"it cannot be imported: {type(error).__name__}: {error}.", hint) from error


def resolved(path: Any) -> str:
    """The dotted path; the classes of django-cron itself are ours.

    Raises:
        BadCronJobError: it is not text.
    """
    if not isinstance(path, str):
        raise BadCronJobError("it is not text.", 'List dotted paths such as "shop.cron.Cleanup".')
    return NEW + path.removeprefix(OLD) if path.startswith(OLD) else path


def slug(code: str) -> str:
    """The name of the job of a class with that code."""
    return NOT_SLUG.sub("-", code).strip("-")


def _names(code: str, count: int) -> list[str]:
    return [slug(code), *(f"{slug(code)}-{number}" for number in range(2, count + 1))]


def _job(kind: type[CronJobBase], part: Part, name: str, **what: Any) -> Job:
    backoff = _number(kind.schedule.retry_after_failure_mins) * 60 or FIRST_RETRY
    return Job(
        name,
        schedule=part.line,
        timeout=_number(getattr(kind, LOCK_TIME, getattr(settings, LOCK_TIME, None))) or LOCK_SECONDS,
        overlap="allow" if kind.ALLOW_PARALLEL_RUNS else "skip",
        retry_backoff=backoff,
        max_attempts=_tries(part, backoff),
        description=" ".join((kind.__doc__ or "").strip().partition("\n\n")[0].split()),
        **what,
    )


def _number(value: Any) -> float:
    """A number above 0, or 0 for anything else: that is none, or what django-cron took for none."""
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
    return float(value) if good else 0.0


def _tries(part: Part, backoff: float) -> int:
    """Tries that last until about the next slot: django-cron went on trying until there was one."""
    seconds = 60.0 * part.every if part.every else _gap(part.line or part.inner)
    needed = math.ceil(math.log2(seconds / backoff + 1))
    return min(needed, MOST_TRIES)


def _gap(line: str | None) -> float:
    """The seconds between two slots of a line, on a day without daylight saving; a day at most."""
    if line is None:
        return lines.DAY * 60.0
    due = slots.slots_between(slots.Schedule.parse(line, "UTC"), lines.EPOCH, lines.EPOCH + timedelta(days=2))
    first, second = [*islice(due, 2), None, None][:2]
    return lines.DAY * 60.0 if first is None or second is None else (second - first).total_seconds()


def next_slot(kind: type[CronJobBase], now: datetime) -> datetime | None:
    """The next slot of a class that is among CRON_CLASSES; None if it is not, or no line says its times."""
    found = [job.next_run_date(now) for job in registry.jobs() if job.name in names_of(kind)]
    return min(filter(None, found), default=None)


def names_of(kind: type[CronJobBase]) -> list[str]:
    """The names of the jobs of a class."""
    code = getattr(kind, "code", None)
    if not isinstance(code, str):
        return []
    return _names(code, max(1, len(lines.parts(kind.schedule))))
