"""Celery beat: entries for `beat_schedule` whose schedule object asks for our next slot.

In the host's celery.py, below `app.autodiscover_tasks()`::

    @app.on_after_finalize.connect
    def add_jobs(sender, **kwargs):
        from jobs_api.bridges import celery_beat

        celery_beat.add_jobs(sender)

The entries are made when beat asks for them: Celery may be finalized before the jobs are known, and then an
error here would only be logged, so that beat would start without them.

The schedule object is exact when clocks change, which Celery's crontab is not. Beat hands the time of the
slot to the task: a message may wait in the queue for as long as it likes. The task returns what came of it
and never fails, so that Celery never sends it again; the retries are those of jobs_api.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from celery import Celery, shared_task
from celery.beat import BeatLazyFunc
from celery.schedules import BaseSchedule, schedstate
from celery.signals import beat_init, before_task_publish

from jobs_api import clock
from jobs_api.bridges.common import firing
from jobs_api.bridges.common.choosing import MARK, RUN_DUE, due_slots, scheduled_jobs
from jobs_api.conf import config
from jobs_api.registry.job import Job
from jobs_api.schedule.slots import Schedule, next_slot, previous_slot
from jobs_api.text import loggers

logger = loggers.logger("jobs_api.bridges")

SOURCE = "celery-beat"
TRIGGER, DUE = "jobs_api.trigger", "jobs_api.run_due"
"""The names of the tasks."""
SOON = 0.02
"""Seconds; beat comes a hundredth of a second early, and would ask without a pause until it is time."""
NEVER = timedelta(days=1)
"""Until the next look at a schedule that has no more slots."""


def add_jobs(
    app: Celery, only: str = "*", *, run_due_every: int | None = 5, queue: str | None = None
) -> None:
    """Add the entries of `beat_schedule` to those of the app, as soon as beat asks for them.

    Beat refuses to start where they cannot be made; workers, web servers and commands make none.
    """
    ours: Any = _Entries(only, run_due_every, queue)
    app.conf.beat_schedule = ChainMap({}, ours, app.conf.beat_schedule)


class _Entries(Mapping[str, dict[str, Any]]):
    """Entries that are made once, when somebody looks at them."""

    def __init__(self, only: str, run_due_every: int | None, queue: str | None) -> None:
        self._how = (only, run_due_every, queue)

    @cached_property
    def _made(self) -> dict[str, dict[str, Any]]:
        only, run_due_every, queue = self._how
        return beat_schedule(only, run_due_every=run_due_every, queue=queue)

    def __getitem__(self, name: str) -> dict[str, Any]:
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)

    def __contains__(self, name: object) -> bool:
        """Celery's `add_periodic_task` asks for names of its own, maybe before the jobs are known."""
        return str(name).startswith(MARK) and name in self._made


def beat_schedule(
    only: str = "*", *, run_due_every: int | None = 5, queue: str | None = None
) -> dict[str, dict[str, Any]]:
    """Entries for `app.conf.beat_schedule`: each job that has a schedule, and run-due.

    Args:
        only: a glob of the names of jobs.
        run_due_every: minutes; None: run-due is not called.
        queue: for all messages; None: Celery's default.

    Raises:
        BadInput, WrongUse, ImproperlyConfigured: see `scheduled_jobs` and `due_slots`.
    """
    jobs = scheduled_jobs(only)
    entries = {MARK + job.name: _entry(TRIGGER, job.slots, queue, [job], job.name) for job in jobs}
    if run_due_every is not None:
        entries[MARK + RUN_DUE] = _entry(DUE, due_slots(run_due_every), queue, jobs)
    return entries


def _entry(task: str, slots: Schedule, queue: str | None, jobs: list[Job], *names: str) -> dict[str, Any]:
    schedule = SlotSchedule(slots)
    options: dict[str, Any] = {**({"queue": queue} if queue else {}), **_limits(jobs)}
    kwargs = {"scheduled_at": _Slot(schedule)} if names else {}
    return {"task": task, "schedule": schedule, "args": names, "kwargs": kwargs, "options": options}


def _limits(jobs: list[Job]) -> dict[str, float]:
    """Celery's own time limits, later than ours: an inline command runs in the task."""
    inline = [job.timeout for job in jobs if job.executor_name == "inline"]
    soft = max(inline, default=0) + config().kill_seconds + config().lease_seconds
    return {"soft_time_limit": soft, "time_limit": soft + config().lease_seconds}


# -- what beat asks ---------------------------------------------------------------------------


class SlotSchedule(BaseSchedule):
    """The slots of a cron line in a zone, as jobs_api defines them, from now on. Beat pickles it.

    Beat keeps in its file when an entry ran. With that alone a schedule that a deploy has changed would be
    due at once, for a slot from before it was declared. What was missed while beat was down is run-due's.
    """

    def __init__(
        self, slots: Schedule, nowfun: Any = None, app: Any = None, since: datetime | None = None
    ) -> None:
        super().__init__(nowfun=nowfun, app=app)
        self.slots, self._now = slots, nowfun
        self._since = since or self._utc(self.now())

    def is_due(self, last_run_at: datetime) -> Any:
        """Whether a slot has come since then, and the seconds until the next one."""
        now = self._utc(self.now())
        due = self._next(last_run_at)
        if due > now:
            return schedstate(False, max((due - now).total_seconds(), SOON))
        return schedstate(True, (self._next(now) - now).total_seconds())

    def remaining_estimate(self, last_run_at: datetime) -> timedelta:
        """The time until the first slot after then; negative if it has passed."""
        return self._next(last_run_at) - self._utc(self.now())

    def newest(self) -> datetime | None:
        """The newest slot that has come."""
        return previous_slot(self.slots, self._utc(self.now()))

    def _next(self, after: datetime) -> datetime:
        found = next_slot(self.slots, max(self._utc(after), self._since))
        return self._utc(self.now()) + NEVER if found is None else found.astimezone(UTC)

    def _utc(self, moment: datetime) -> datetime:
        return self.maybe_make_aware(moment).astimezone(UTC)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.slots, self._now, None, self._since)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SlotSchedule) and self.slots == other.slots

    def __hash__(self) -> int:
        return hash(self.slots)

    def __repr__(self) -> str:
        return f"<slots: {self.slots.expression} {self.slots.timezone}>"


class _Slot(BeatLazyFunc):
    """The slot for which beat sends a message, found when it sends."""

    def __init__(self, schedule: SlotSchedule) -> None:
        self.schedule = schedule

    def __call__(self) -> str | None:
        slot = self.schedule.newest()
        return slot.isoformat() if slot else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Slot) and self.schedule == other.schedule

    def __hash__(self) -> int:
        return hash(self.schedule)

    def __repr__(self) -> str:
        return "<the slot>"


@before_task_publish.connect
def _stamp(sender: str = "", body: Any = None, **_: Any) -> None:
    """A message without a slot, such as that of a row of django-celery-beat, carries the time of its sending.

    It may wait in the queue for longer than a slot.
    """
    if sender == TRIGGER and isinstance(body, tuple) and not body[1].get("scheduled_at"):
        body[1]["scheduled_at"] = clock.host().isoformat()


@beat_init.connect
def _require_entries(sender: Any, **_: Any) -> None:
    """Let beat refuse to start where its scheduler has refused all of ours.

    That of django-celery-beat logs an error for each, and would go on with none.
    """
    if _has_ours(sender.app.conf.beat_schedule) and not _has_ours(sender.scheduler.schedule):
        logger.error(
            "%s cannot hold the entries of jobs_api, so beat would start no job. With django-celery-beat "
            "run: manage.py jobs_sync django-celery-beat. With another scheduler see docs/bridges.md.",
            type(sender.scheduler).__name__,
        )
        raise SystemExit(1)


def _has_ours(names: Iterable[str]) -> bool:
    return any(str(name).startswith(MARK) for name in names)


# -- what a worker does -----------------------------------------------------------------------

# Once it has begun, the run is on record and its retries are ours: whatever the host's defaults are, the
# message is not delivered again, and nothing is stored that says the same.
_ONCE: dict[str, Any] = {
    "acks_late": False,
    "reject_on_worker_lost": False,
    "ignore_result": True,
    "max_retries": 0,
}


@shared_task(name=TRIGGER, **_ONCE)
def trigger_job(
    name: str, scheduled_at: str | None = None, max_late: float | None = None, source: str = SOURCE
) -> str:
    """Trigger a job; returns what came of it. It does not wait for a run in the background."""
    return firing.fire(name, source=source, scheduled_at=scheduled_at, max_late=max_late)


@shared_task(name=DUE, **_ONCE)
def start_due(source: str = SOURCE) -> str:
    """Start whatever is due; returns what came of it."""
    return firing.fire_due(source=source)
