"""Store what each host declares: two hosts that declare a job differently would run it at different times.

A process reports once an hour, with a trigger or run-due, never as a reader. A failure changes nothing.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import QuerySet

import jobs_api
from jobs_api import clock, conf, registry
from jobs_api.database import ERRORS, alias, bounds
from jobs_api.models import JobHost
from jobs_api.runs import state_machine
from jobs_api.text import loggers

logger = loggers.logger(__name__)

EVERY = 3600.0
"""Seconds between two reports of a process."""
FRESH = timedelta(hours=2)
"""A host that was not heard for longer is not held against the others."""
KEPT = timedelta(days=8)
"""Then it is forgotten."""
NOT_DECLARED = "not declared"

_reported: tuple[int, float] | None = None
"""By which process, and when by its monotonic clock."""


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """A job that another host declares differently from this process."""

    host: str
    job: str
    there: str
    here: str


def forget() -> None:
    """Report again, in a test."""
    global _reported
    _reported = None


def be_quiet() -> None:
    """Pretend that the report was made, in a test that counts statements."""
    global _reported
    _reported = (os.getpid(), time.monotonic())


def declarations() -> dict[str, str]:
    """Job -> schedule and zone, as declared in this process."""
    return {job.name: f"{job.schedule or 'on demand'} {job.slots.timezone}" for job in registry.jobs()}


def fingerprint(declared: dict[str, str]) -> str:
    """The same for the same declarations."""
    return hashlib.sha256(json.dumps(declared, sort_keys=True).encode()).hexdigest()


def report(*, at: datetime) -> None:
    """Store what this process declares, if it has not done so within the hour."""
    if _reported is not None and _reported[0] == os.getpid() and time.monotonic() - _reported[1] < EVERY:
        return
    be_quiet()  # before: where it fails, the next trigger should not try again
    try:
        with bounds.aside():
            _write(declarations(), at)
            different = differences(at=at)
    except ERRORS:
        logger.warning("What this host declares could not be reported.", exc_info=True)
        return
    if different:
        logger.warning("%s `manage.py jobs_list --hosts` shows which.", summary(different))


def _write(declared: dict[str, str], at: datetime) -> None:
    key = {"host": state_machine.HOST[:150], "fingerprint": fingerprint(declared)}
    off = clock.off().total_seconds()
    facts = {
        "time_zone": conf.default_timezone()[:100],
        "version": jobs_api.__version__[:40],
        "clock_off": off,
    }
    rows = JobHost.objects.using(alias())
    if not rows.filter(**key).update(seen_at=at, **facts):
        rows.bulk_create([JobHost(**key, **facts, declarations=declared, seen_at=at)], ignore_conflicts=True)
        forget_old(at)


def forget_old(at: datetime) -> int:
    """Delete hosts that were silent for a long time; returns how many."""
    return JobHost.objects.using(alias()).filter(seen_at__lt=at - KEPT).delete()[0]


def known() -> QuerySet[JobHost]:
    """All stored hosts, the newest report first."""
    return JobHost.objects.using(alias()).order_by("-seen_at", "host")


def differences(*, at: datetime) -> list[Difference]:
    """The jobs that recently active hosts declare differently from this process: one statement."""
    others = known().filter(seen_at__gte=at - FRESH).exclude(fingerprint=fingerprint(declarations()))
    return [difference for row in others for difference in between(row)]


def between(row: JobHost) -> list[Difference]:
    """Where that host differs from this process."""
    theirs, mine = dict(row.declarations), declarations()
    return [
        Difference(row.host, job, theirs.get(job, NOT_DECLARED), mine.get(job, NOT_DECLARED))
        for job in sorted(theirs.keys() | mine.keys())
        if theirs.get(job) != mine.get(job)
    ]


def summary(different: Iterable[Difference]) -> str:
    """One sentence that names the jobs."""
    jobs = sorted({difference.job for difference in different})
    more = f" and {len(jobs) - 5} more" if len(jobs) > 5 else ""
    return f"Hosts declare these jobs differently: {', '.join(jobs[:5])}{more}."
