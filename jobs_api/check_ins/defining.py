"""Make the monitors know what is declared: schedule, zone, grace; and one for the dead man's switch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from jobs_api import registry
from jobs_api.check_ins import monitors, settings
from jobs_api.check_ins.monitor import Monitor, MonitorError
from jobs_api.check_ins.monitors import healthchecks
from jobs_api.monitoring.source_report import source_reports
from jobs_api.registry.job import Job

SECONDS = 10.0
"""For one request; a person waits for it."""
DEAD_MAN_SLUG = "jobs-api-dead-man"
LEAST_GRACE = timedelta(minutes=5)
LASTING = timedelta(hours=1)
"""Who has called for so long calls by a schedule."""


class Defined(NamedTuple):
    """What came of one job at one monitor."""

    monitor: str
    job: str
    key: str
    result: str
    ok: bool


def define_all(*, at: datetime) -> Iterator[Defined]:
    """Create or change what each monitor knows of each of its jobs, one after the other."""
    for entry in settings.entries():
        monitor = monitors.load(entry.name)
        if monitor is not None:
            yield from (_define(entry, monitor, job, at) for job in registry.jobs() if entry.wants(job))


def _define(entry: settings.Entry, monitor: Monitor, job: Job, at: datetime) -> Defined:
    try:
        result, ok = monitor.define(job, entry.options, at=at, seconds=SECONDS), True
    except MonitorError as error:
        result, ok = str(error), False
    return Defined(entry.name, job.name, monitor.key(job.name), result, ok)


def expected_period(at: datetime) -> timedelta | None:
    """The longest time between two calls of the most eager caller lately, in whole minutes; None: not known.

    It is what a monitor of the dead man's switch should expect. Who has called twice by hand within an hour
    has no period: a monitor that expected it would report each hour that is quiet.
    """
    lasting = [
        each for each in source_reports(at) if each.last_at - each.first_at >= LASTING and not each.silent
    ]
    gaps = [each.usual_gap for each in lasting if each.usual_gap is not None]
    if not gaps:
        return None
    return timedelta(minutes=max(math.ceil(min(gaps).total_seconds() / 60), 1))


def grace_of(period: timedelta) -> timedelta:
    """How late a call may be before somebody is woken: one call may be lost on its way."""
    return max(2 * period, LEAST_GRACE)


def define_dead_man(period: timedelta) -> str:
    """Create or change the check of Healthchecks for it; returns the address to call, which is a secret.

    Raises:
        MonitorError: Healthchecks is not configured, or it refused.
    """
    options = next((entry.options for entry in settings.entries() if entry.name == "healthchecks"), None)
    if options is None:
        raise MonitorError("CHECK_INS has no HEALTHCHECKS")
    check = {
        "name": "jobs_api: somebody calls",
        "desc": "Reports when nothing triggers jobs any more. See docs/check-ins.md of jobs_api.",
        "timeout": int(period.total_seconds()),
        "grace": int(grace_of(period).total_seconds()),
    }
    made = healthchecks.monitor.put(check, DEAD_MAN_SLUG, options, seconds=SECONDS)
    address = made.get("ping_url")
    if not isinstance(address, str):
        raise MonitorError("its answer holds no ping_url: is the API_KEY read-only?")
    return address
