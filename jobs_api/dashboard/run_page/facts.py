"""What is known of a run, line by line: its slot in each zone, who began it and holds it, what comes next."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from jobs_api.conf import config
from jobs_api.dashboard import times
from jobs_api.dashboard.run_page import words
from jobs_api.dashboard.run_page.bars import host_of
from jobs_api.dashboard.run_page.reading import Reading
from jobs_api.dashboard.times import span
from jobs_api.models import HELD, JobRun, State
from jobs_api.monitoring.outlook import Outlook, ordinal
from jobs_api.monitoring.run_report import AttemptReport
from jobs_api.runs.trace_context import trace_id
from jobs_api.text import visible
from jobs_api.text.secrets import hidden

LATE = timedelta(seconds=1)
"""What begins within this of its slot is on time."""


class Place(NamedTuple):
    """What a clock of some zone shows."""

    clock: str
    """The time; with the day where that is another one than the viewer's."""
    day: str
    zone: str
    """ "America/New_York"."""
    city: str
    """ "New York"."""


@dataclasses.dataclass(frozen=True, slots=True)
class Next:
    """Whether it will be tried again."""

    expected: bool
    at: datetime | None
    why: str


@dataclasses.dataclass(frozen=True, slots=True)
class Facts:
    """Of a run."""

    slot: list[Place]
    """In the zones of the viewer and of the job, and in UTC: each different one once."""
    began: datetime | None
    """When its first attempt began."""
    late: timedelta | None
    """How long after the slot that was; None where it was on time, or nobody knows."""
    waiting_since: datetime | None
    by: str
    """Who or what triggered it first."""
    kind: str
    host: str
    process: str
    executor: str
    calls: str
    """What it calls, if it is no command."""
    lease: str
    """How its holder is, in a sentence."""
    lease_bad: bool
    hangs: bool
    """Whether its command may still run though its time is over: an inline one cannot be stopped."""
    options: list[tuple[str, str]]
    trace: str
    note: str
    comment: str
    cancel_requested_at: datetime | None
    next: Next | None
    tries: int
    most_tries: int | None


def facts(reading: Reading, zone: ZoneInfo) -> Facts:
    """Of a run, for somebody in a zone."""
    report, run, newest = reading.report, reading.run, reading.report.newest
    first = reading.attempt(1)
    host, process = _holder(newest)
    lease, bad = _lease(run, reading.at)
    began = None if first is None else first.started_at
    opened = first or newest
    return Facts(
        slot=_places(reading, zone),
        began=began,
        late=_late(reading, began),
        waiting_since=report.waiting_since,
        by=words.by(opened) if opened.trigger or opened.source or opened.actor else "",
        kind=opened.trigger,
        host=host,
        process=process,
        executor=newest.executor,
        calls="" if report.job is None else report.job.call or "",
        lease=lease,
        lease_bad=bad,
        hangs=_hangs(reading),
        options=list(_options(run)),
        trace=trace_id(newest.traceparent),
        note=newest.note,
        comment=newest.comment,
        cancel_requested_at=run.cancel_requested_at,
        next=_next(reading.outlook),
        tries=ordinal(run),
        most_tries=None if report.job is None else report.job.max_attempts,
    )


def _places(reading: Reading, zone: ZoneInfo) -> list[Place]:
    job = reading.report.job
    zones: dict[str, tzinfo] = {str(zone): zone}
    if job is not None:
        zones.setdefault(job.slots.timezone, job.slots.zone)
    zones.setdefault("UTC", UTC)
    today = reading.run.run_date.astimezone(zone).date()
    return [_place(reading.run.run_date.astimezone(each), name, today) for name, each in zones.items()]


def _place(local: datetime, zone: str, today: date) -> Place:
    clock = local.strftime("%H:%M:%S" if local.second else "%H:%M")
    shown = clock if local.date() == today else f"{times.written(local, 'D j M')} {clock}"
    return Place(shown, times.written(local, "D j M Y"), zone, zone.rpartition("/")[2].replace("_", " "))


def _late(reading: Reading, began: datetime | None) -> timedelta | None:
    """A job on demand has no slot to be late for."""
    job = reading.report.job
    if began is None or (job is not None and job.schedule is None):
        return None
    late = began - reading.run.run_date
    return late if late >= LATE else None


def _holder(attempt: AttemptReport) -> tuple[str, str]:
    host = host_of(attempt.holder)
    return host, attempt.holder[len(host) + 1 :]


def _lease(run: JobRun, at: datetime) -> tuple[str, bool]:
    """How its holder is; whether that is bad."""
    until = run.lease_expires_at
    if until is None or run.state not in HELD:
        return "", False
    if run.lease_over:
        ago = {"ago": span(max(at - until, timedelta(0)))}
        return _("its holder is silent: the lease ran out %(ago)s ago") % ago, True
    left = span(max(until - at, timedelta(0)))
    if run.state == State.CLAIMED:
        return _("good for %(left)s; no worker has begun it") % {"left": left}, False
    renewed = max(at - (until - timedelta(seconds=config().lease_seconds)), timedelta(0))
    if renewed < timedelta(seconds=1):
        return _("renewed just now, good for %(left)s") % {"left": left}, False
    seconds = timedelta(seconds=round(renewed.total_seconds()))
    return _("renewed %(ago)s ago, good for %(left)s") % {"ago": span(seconds), "left": left}, False


def _hangs(reading: Reading) -> bool:
    """Whether its holder had the lease at the timeout, and stopped renewing it then."""
    run, job = reading.run, reading.report.job
    if job is None or run.started_at is None or run.lease_expires_at is None or not run.lease_over:
        return False
    given_up = run.started_at + timedelta(seconds=job.timeout) <= run.lease_expires_at
    return given_up and run.executor == "inline"


def _options(run: JobRun) -> Iterator[tuple[str, str]]:
    """Values that look like secrets are hidden."""
    options = run.options if isinstance(run.options, dict) else {"": run.options}
    for name, value in hidden(options).items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        yield visible(str(name)), visible(text)


def _next(outlook: Outlook | None) -> Next | None:
    if outlook is None:
        return None
    return Next(outlook.expected, outlook.at, str(words.WHY.get(outlook.why, outlook.why)))
