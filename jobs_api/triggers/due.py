"""Find and start due slots: run-due, catch-up and runs that wait for room; fair to all jobs."""

from __future__ import annotations

import dataclasses
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from django.db.models import Q, QuerySet

from jobs_api import clock, database, executors, registry, runs
from jobs_api.clock import Moment
from jobs_api.conf import config
from jobs_api.database import bounds
from jobs_api.exceptions import DatabaseBusy
from jobs_api.execution import drain
from jobs_api.models import JobPause, JobRun, State
from jobs_api.registry.job import Job
from jobs_api.runs import events, hosts, job_state, pausing
from jobs_api.runs.backlog import oldest, waits
from jobs_api.runs.job_state import Standing, standings
from jobs_api.runs.readers import by_clock
from jobs_api.runs.types import ORDERED, Trigger
from jobs_api.schedule.slots import current_slot, in_utc
from jobs_api.text import loggers
from jobs_api.triggers import dispatch
from jobs_api.triggers.handover import is_full
from jobs_api.triggers.ranking import Due, in_order, last_tried, with_start_before
from jobs_api.triggers.request import Request, Result

logger = loggers.logger(__name__)

HELD_UP = ("paused", "overlap_skipped")
"""Outcomes that the job's other slots would get, too."""
PAGE = 200


@dataclasses.dataclass(slots=True)
class Report:
    """The result of one run-due call."""

    results: list[Result]
    remaining: int = 0
    errors: int = 0
    """Slots that could not be started because of an error; they remain, too."""

    @property
    def counts(self) -> dict[str, int]:
        """The number of slots with each outcome."""
        return dict(Counter(result.outcome for result in self.results))

    @property
    def failed(self) -> bool:
        """Whether an attempt that this call ran has failed."""
        return any(result.outcome == "failed" for result in self.results)


def run_due(
    trigger: Trigger,
    *,
    allowed: Callable[[str], bool] = lambda name: True,
    seconds: float | None = None,
    now: datetime | None = None,
) -> Report:
    """Start what is due, retryable or missed, in the order of `ranking`.

    Args:
        allowed: which job names the caller may start.
        seconds: when to stop starting; None is the setting, 0 never stops.
        now: for tests.

    Raises:
        DatabaseBusy: the database accepted nothing.
    """
    with bounds.bounded():
        return _run_due(trigger, allowed, seconds, now)


def _run_due(
    trigger: Trigger, allowed: Callable[[str], bool], seconds: float | None, now: datetime | None
) -> Report:
    found = _scan(now=now, allowed=allowed)
    at = found.moment.at
    events.polled(trigger, at=at)
    job_state.know_all(at=at)  # from now on: earlier slots are not missed
    hosts.report(at=at)
    pausing.end_those_over(found.pauses, at=at)
    if found.lost:  # also runs that may not start again, because they are too old or paused
        dispatch.reap(database.rows().filter(pk__in=found.lost), moment=found.moment)
    for run in found.expired:
        runs.expire(run, at=at)
        bounds.afresh()
    limit = config().run_due_seconds if seconds is None else seconds
    report = _start_all(found.waiting, trigger, now, time.monotonic() + limit if limit else float("inf"))
    unended = ("overlap_skipped", "accepted", "submit_failed")
    report.remaining += report.errors + sum(result.outcome in unended for result in report.results)
    return report


def _start_all(items: list[Due], trigger: Trigger, now: datetime | None, stop_at: float) -> Report:
    """Start slots until the time is over; an executor that takes nothing is tried once."""
    report = Report([])
    refusing: set[str] = set()
    busy = False
    for item in items:
        over = time.monotonic() > stop_at or bounds.is_over()
        if over or item.beyond or not _may_start(item.job, refusing):
            report.remaining += 1
            continue
        bounds.afresh()
        try:
            report.results.append(_start(item, trigger, now))
        except Exception as error:  # whatever the error is, the other slots are still due
            logger.exception("run-due could not start %s for %s.", item.job.name, item.run_date)
            report.errors += 1
            busy |= isinstance(error, (*database.ERRORS, DatabaseBusy))
        else:
            refusing |= {item.job.executor_name} if report.results[-1].outcome == "submit_failed" else set()
    if busy and not report.results:
        raise DatabaseBusy
    return report


def _may_start(job: Job, refusing: set[str]) -> bool:
    if job.executor_name in refusing:
        return False
    return not (drain.draining() and executors.load(job.executor_name).in_request)


def _start(item: Due, trigger: Trigger, now: datetime | None) -> Result:
    request = Request(item.job, item.run_date, trigger, ordered=item.ordered, records_skip=False, wait_own=0)
    return dispatch.dispatch(request, now=now)


def start_waiting(executor: str, *, now: datetime | None = None) -> list[Result]:
    """Start queued runs of this executor's jobs, oldest first, while it has room.

    Runs that have become too old meanwhile are closed.
    """
    results: list[Result] = []
    held_up: set[str] = set()
    host = executors.load(executor)
    for run in _queued(executor, now):
        job, ordered = registry.get(run.job_name), run.trigger in ORDERED
        if run.run_date < oldest(job, run.read_at, ordered=ordered):
            runs.expire(run, at=run.read_at)
        elif job.name not in held_up:
            if is_full(host):
                break
            results.append(_start(Due(run.run_date, job, ordered), Trigger("executor"), now))
            if results[-1].outcome == "submit_failed":
                break
            if results[-1].outcome in HELD_UP:
                held_up.add(job.name)
    return results


def _queued(executor: str, now: datetime | None) -> Iterator[Any]:
    """All waiting runs, page by page: runs that cannot start do not hide those after them.

    Each has `read_at`, the database's time.
    """
    names = [job.name for job in registry.jobs() if job.executor_name == executor]
    waiting = database.rows().filter(state=State.QUEUED, job_name__in=names)
    waiting = waiting.only("job_name", "run_date", "trigger", "attempt", "next_attempt_at")
    come = {"next_attempt_at__lte": clock.expression(now), "run_date__lte": clock.expression(now)}
    waiting = waiting.filter(**come).annotate(read_at=clock.expression(now)).order_by("next_attempt_at", "pk")
    page = list(waiting[:PAGE])
    while page:
        yield from page
        since = page[-1].next_attempt_at
        behind = Q(next_attempt_at__gt=since) | Q(next_attempt_at=since, pk__gt=page[-1].pk)
        page = list(waiting.filter(behind)[:PAGE])


def due(*, now: datetime | None = None, allowed: Callable[[str], bool] = lambda name: True) -> list[Due]:
    """All slots that need an attempt now, in the order of `ranking`: at most three statements."""
    found = _scan(now=now, allowed=allowed)
    return [item for item in found.waiting if not item.beyond]


@dataclasses.dataclass(frozen=True, slots=True)
class _Found:
    """The result of reading the tables."""

    waiting: list[Due]
    lost: list[int]
    """Runs whose leases have expired."""
    expired: list[JobRun]
    """Queued runs that have become too old."""
    pauses: list[JobPause]
    """Of all jobs."""
    moment: Moment
    """When the tables were read, by the database's clock."""


def _scan(*, now: datetime | None, allowed: Callable[[str], bool]) -> _Found:
    at, known = standings(now=now)
    moment = Moment(at, now)
    found = [standing for standing in known if allowed(standing.job.name)]
    by_name = {standing.job.name: standing for standing in found}
    recorded = list(_recorded(found, moment))
    wanted = {(item.job.name, item.run_date): item for item in _waiting(recorded, by_name, at)}
    existing = {(run.job_name, run.run_date) for run in recorded}
    for standing in found:
        for number, slot in enumerate(_missing(standing, existing, at)):
            missed = Due(slot, standing.job, beyond=number >= config().catch_up_limit)
            wanted.setdefault((standing.job.name, slot), missed)
    lost = [run.pk for run in recorded if run.lease_over and allowed(run.job_name)]
    tried = last_tried({standing.job.name: standing.failed_at for standing in found}, recorded, wanted)
    expired, pauses = list(_expired(recorded, by_name, at)), [row for each in known for row in each.pauses]
    return _Found(in_order(wanted.values(), tried), lost, expired, pauses, moment)


def _recorded(found: list[Standing], moment: Moment) -> QuerySet[JobRun]:
    """Runs that wait for an attempt, and all in the window of jobs that catch up every slot."""
    now = moment.expression()
    wanted = Q(next_attempt_at__isnull=False, next_attempt_at__lte=now)
    wanted |= Q(lease_expires_at__isnull=False, lease_expires_at__lt=now)
    windows: dict[datetime, list[str]] = {}
    for standing in found:
        if standing.job.schedule and standing.job.catch_up == "all":
            windows.setdefault(_window_start(standing.job, moment.at), []).append(standing.job.name)
    for start, names in windows.items():  # not a clause per job: SQLite allows no more than 1,000
        wanted |= Q(job_name__in=names, run_date__gte=start)
    fields = ["id", "job_name", "run_date", "attempt", "state", "reason", "trigger", "tries"]
    fields += ["next_attempt_at", "claimed_at", "started_at", "finished_at", "cancel_requested_at"]
    recorded = by_clock(database.rows().filter(wanted).only(*fields), moment.given)
    return with_start_before(recorded)


def _waiting(recorded: list[JobRun], by_name: dict[str, Standing], at: datetime) -> Iterator[Due]:
    """Recorded runs that may be claimed: queued, failed with tries left, or lost."""
    for run in recorded:
        standing = by_name.get(run.job_name)
        if standing is None or standing.paused or run.backing_off or not waits(run, standing.job):
            continue
        ordered = run.trigger in ORDERED
        # One in the future will be due later.
        if oldest(standing.job, at, ordered=ordered) <= run.run_date <= at:
            yield Due(run.run_date, standing.job, ordered)


def _expired(recorded: list[JobRun], by_name: dict[str, Standing], at: datetime) -> Iterator[JobRun]:
    """Runs that became too old before they had begun."""
    for run in recorded:
        if run.state == State.QUEUED and run.job_name in by_name:
            job = by_name[run.job_name].job
            if run.run_date < oldest(job, at, ordered=run.trigger in ORDERED):
                yield run


def _missing(standing: Standing, existing: set[tuple[str, datetime]], at: datetime) -> Iterator[datetime]:
    """Slots of this job without a run, limited by its catch-up policy."""
    job = standing.job
    newest = None if job.schedule is None or standing.paused else current_slot(job.slots, at, early=False)
    if newest is None or newest < _window_start(job, at):
        return
    newest = newest.astimezone(UTC)
    if job.catch_up == "all":
        yield from _holes(standing, existing, at)
    elif standing.newest_run_date is None or standing.newest_run_date < newest:
        on_time = job.catch_up != "none" or at - newest <= job.grace_at(at)
        if on_time and standing.counts(newest):
            yield newest


def _holes(standing: Standing, existing: set[tuple[str, datetime]], at: datetime) -> list[datetime]:
    job = standing.job
    start = max(_window_start(job, at), standing.since or at)
    slots = in_utc(job.slots, start, at + timedelta(microseconds=1))
    holes = (slot for slot in slots if (job.name, slot) not in existing and standing.counts(slot))
    return list(islice(holes, config().catch_up_limit + 1))


def _window_start(job: Job, at: datetime) -> datetime:
    """The oldest instant at which a missed slot is still caught up; never older than `expires` allows."""
    seconds = min(job.catch_up_window, job.expires or job.catch_up_window, config().retention_days * 86400)
    return at - timedelta(seconds=seconds)
