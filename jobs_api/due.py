"""Which slots are due: run-due, catch-up and backfill. Oldest first; nothing is skipped for good."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from django.db import DatabaseError, InterfaceError
from django.db.models import Q, QuerySet
from django.utils import timezone

from jobs_api import clock, dispatch, drain, executors, registry, runs, storage
from jobs_api.conf import config
from jobs_api.exceptions import BadInput, DatabaseBusy
from jobs_api.health import Standing, lease_over, standings
from jobs_api.leases import ORDERED, Trigger
from jobs_api.models import HELD, JobRun, State
from jobs_api.registry import Job
from jobs_api.requests import Request, Result
from jobs_api.slots import around, current_slot, slots_between

logger = logging.getLogger(__name__)

BACKFILL_LIMIT = 1000
COUNT_LIMIT = 10_000
WAITING_LIMIT = 200
HELD_UP = ("paused", "overlap_skipped")
"""Outcomes that the job's other slots would have, too."""


@dataclasses.dataclass(frozen=True, slots=True)
class Due:
    """One slot that wants an attempt."""

    run_date: datetime
    job: Job
    ordered: bool = False
    """By a backfill: it starts although the job is paused, or the slot too old."""
    beyond: bool = False
    """More than one call catches up: it waits for the next, and stands for all after it."""


@dataclasses.dataclass(slots=True)
class Report:
    """What one run-due call did."""

    results: list[Result]
    remaining: int

    @property
    def counts(self) -> dict[str, int]:
        """How many slots led to which outcome."""
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
    """Start what is due, retryable or missed, oldest first.

    Args:
        allowed: which job names the caller may start.
        seconds: when to stop starting inline work; None is the setting, 0 never stops.
        now: for tests.
    """
    at = now or timezone.now()
    waiting, lost = _scan(at=at, now=now, allowed=allowed)
    if lost:  # also those that nothing may start again, because they are too old or paused
        dispatch.reap(storage.rows().filter(pk__in=lost), now=now, at=at)
    limit = config().run_due_seconds if seconds is None else seconds
    stop_at = time.monotonic() + limit if limit else float("inf")
    results: list[Result] = []
    remaining = failed = 0
    for item in waiting:
        over = drain.draining() or time.monotonic() > stop_at
        if item.beyond or (over and executors.load(item.job.executor_name).in_request):
            remaining += 1
            continue
        try:
            results.append(_start(item, trigger, now))
        except (DatabaseError, InterfaceError, DatabaseBusy):  # the others behind it are due all the same
            logger.exception("run-due could not start %s for %s.", item.job.name, item.run_date)
            failed += 1
    if failed and not results:
        raise DatabaseBusy
    remaining += failed
    remaining += sum(result.outcome in ("overlap_skipped", "accepted", "submit_failed") for result in results)
    return Report(results, remaining)


def _start(item: Due, trigger: Trigger, now: datetime | None) -> Result:
    request = Request(item.job, item.run_date, trigger, ordered=item.ordered, records_skip=False, wait_own=0)
    return dispatch.dispatch(request, now=now)


def start_waiting(executor: str, *, now: datetime | None = None) -> list[Result]:
    """Start runs of this executor's jobs that wait as queued, oldest first, while it has room."""
    names = [job.name for job in registry.jobs() if job.executor_name == executor]
    waiting = storage.rows().filter(state=State.QUEUED, job_name__in=names)
    waiting = waiting.filter(next_attempt_at__lte=clock.moment(now)).order_by("next_attempt_at", "pk")
    results: list[Result] = []
    held_up: set[str] = set()
    for run in waiting.only("job_name", "run_date", "trigger")[:WAITING_LIMIT]:
        if executors.load(executor).full():
            break
        if run.job_name not in held_up:
            item = Due(run.run_date, registry.get(run.job_name), ordered=run.trigger in ORDERED)
            results.append(_start(item, Trigger("executor"), now))
            held_up |= {run.job_name} if results[-1].outcome in HELD_UP else set()
    return results


def due(*, now: datetime | None = None, allowed: Callable[[str], bool] = lambda name: True) -> list[Due]:
    """All slots that want an attempt now, oldest first: at most three statements."""
    found, _ = _scan(at=now or timezone.now(), now=now, allowed=allowed)
    return [item for item in found if not item.beyond]


def _scan(
    *, at: datetime, now: datetime | None, allowed: Callable[[str], bool]
) -> tuple[list[Due], list[int]]:
    """What is due, and the runs whose leases have run out."""
    found = [standing for standing in standings(at=at) if allowed(standing.job.name)]
    by_name = {standing.job.name: standing for standing in found}
    recorded = list(_recorded(found, at=at, now=now))
    wanted = {(item.job.name, item.run_date): item for item in _waiting(recorded, by_name, at)}
    existing = {(run.job_name, run.run_date) for run in recorded}
    for standing in found:
        for number, slot in enumerate(_missing(standing, existing, at)):
            missed = Due(slot, standing.job, beyond=number >= config().catch_up_limit)
            wanted.setdefault((standing.job.name, slot), missed)
    due_first = sorted(wanted.values(), key=lambda item: (item.run_date.timestamp(), item.job.name))
    return due_first, [run.pk for run in recorded if run.lease_over and allowed(run.job_name)]


def _recorded(found: list[Standing], *, at: datetime, now: datetime | None) -> QuerySet[JobRun]:
    """Runs that wait for an attempt, and all in the window of jobs that catch up every slot."""
    wanted = Q(next_attempt_at__isnull=False, next_attempt_at__lte=clock.moment(now))
    wanted |= Q(lease_expires_at__isnull=False, lease_expires_at__lt=clock.moment(now))
    windows: dict[datetime, list[str]] = {}
    for standing in found:
        if standing.job.schedule and standing.job.catch_up == "all":
            windows.setdefault(_window_start(standing.job, at), []).append(standing.job.name)
    for start, names in windows.items():  # not a clause per job: SQLite takes no more than 1,000
        wanted |= Q(job_name__in=names, run_date__gte=start)
    fields = ("id", "job_name", "run_date", "state", "trigger", "tries", "next_attempt_at")
    backing_off = Q(next_attempt_at__isnull=False) & ~Q(next_attempt_at__lte=clock.moment(now))
    # By the database's clock, like every deadline.
    by_clock = {"lease_over": lease_over(now), "backing_off": backing_off}
    return storage.rows().filter(wanted).only(*fields).annotate(**by_clock)


def _waiting(recorded: list[JobRun], by_name: dict[str, Standing], at: datetime) -> Iterator[Due]:
    """Recorded runs that may be claimed: queued, failed with tries left, or lost."""
    for run in recorded:
        standing = by_name.get(run.job_name)
        if standing is None or not _wants_attempt(run, standing.job):
            continue
        ordered = run.trigger in ORDERED
        if run.run_date >= _oldest(standing.job, at, ordered=ordered) and (ordered or not standing.paused):
            yield Due(run.run_date, standing.job, ordered)


def _oldest(job: Job, at: datetime, *, ordered: bool) -> datetime:
    """Slots before this are not started any more."""
    retention = config().retention_days * 86400
    return at - timedelta(seconds=retention if ordered else min(job.expires or retention, retention))


def _wants_attempt(run: JobRun, job: Job) -> bool:
    if run.state in HELD:
        return run.lease_over
    if run.next_attempt_at is None or run.backing_off:
        return False
    return run.state == State.QUEUED or (run.state == State.FAILED and run.tries < job.max_attempts)


def _missing(standing: Standing, existing: set[tuple[str, datetime]], at: datetime) -> Iterator[datetime]:
    """Slots of this job without a run, as far as its catch-up policy wants them."""
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
    start = max(_window_start(job, at), standing.row.since)
    slots = _in_utc(job, start, at + timedelta(microseconds=1))
    holes = (slot for slot in slots if (job.name, slot) not in existing and standing.counts(slot))
    return list(islice(holes, config().catch_up_limit + 1))


def _in_utc(job: Job, start: datetime, end: datetime) -> Iterator[datetime]:
    """Slots as they are stored: in its zone, one of a repeated hour equals its twin, not itself in UTC."""
    return (slot.astimezone(UTC) for slot in slots_between(job.slots, start, end))


def _window_start(job: Job, at: datetime) -> datetime:
    """How far back a missed slot is still caught up; never beyond what may be started at all."""
    seconds = min(job.catch_up_window, job.expires or job.catch_up_window, config().retention_days * 86400)
    return at - timedelta(seconds=seconds)


# -- backfill ---------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class Backfill:
    """What a backfill queues."""

    job: Job
    slots: list[datetime]
    """All slots of the interval, oldest first."""
    queued: list[datetime]
    """Those of them that had no run."""


def plan_backfill(job: Job, start: datetime, end: datetime, *, now: datetime) -> Backfill:
    """The slots from `start` until before `end`, and which of them have no run.

    Raises:
        BadInput: the interval is empty, too long, too old, in the future, or the job has no schedule.
    """
    _check_interval(job, start, end, now)
    slots = list(islice(_in_utc(job, start, end), COUNT_LIMIT + 1))
    if len(slots) > BACKFILL_LIMIT:
        count = f"more than {COUNT_LIMIT:,}" if len(slots) > COUNT_LIMIT else f"{len(slots):,}"
        raise BadInput(
            f"From `start` to `end` there are {count} slots; at most {BACKFILL_LIMIT:,} are queued at once."
        )
    taken = storage.rows().filter(job_name=job.name, run_date__gte=start, run_date__lt=end)
    existing = set(taken.values_list("run_date", flat=True))
    return Backfill(job, slots, [slot for slot in slots if slot not in existing])


def _check_interval(job: Job, start: datetime, end: datetime, now: datetime) -> None:
    if job.schedule is None:
        raise BadInput(
            f"{job.name!r} has no schedule, so there are no slots to fill; trigger it with a run_date."
        )
    if start >= end:
        raise BadInput("`end` (exclusive) must be later than `start`.")
    if end > now + timedelta(seconds=60):
        raise BadInput(f"`end` is in the future: give {now.isoformat(timespec='seconds')} or earlier.")
    oldest = now - timedelta(days=config().retention_days)
    if start < oldest:
        raise BadInput(f"`start` is older than the retention of runs: give {oldest.isoformat()} or later.")


def backfill(
    plan: Backfill, trigger: Trigger, *, at: datetime, options: dict[str, Any] | None = None
) -> None:
    """Queue the slots of a plan; the next run-due starts them, oldest first."""
    runs.queue(plan.job, plan.queued, trigger, at=at, options=options or {})


def next_run_date(job: Job, now: datetime) -> datetime | None:
    """When the job is due next; None where it is on demand only."""
    return around(job.slots, now).following
