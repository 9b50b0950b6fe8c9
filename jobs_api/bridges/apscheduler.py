"""APScheduler 3: jobs whose trigger object asks for our next slot.

Where the host makes its scheduler, before or after `start()`::

    from jobs_api.bridges.apscheduler import add_jobs

    add_jobs(scheduler)

The object is exact when clocks change, and can be pickled into a job store. Jobs of ours that are not
declared any more are removed from the store; others are left alone. APScheduler 3.11 or newer: older ones
wake up at the wrong time if the scheduler's zone changes its clock meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from apscheduler.events import EVENT_SCHEDULER_STARTED
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.base import BaseTrigger

from jobs_api import clock
from jobs_api.bridges.common import firing
from jobs_api.bridges.common.choosing import MARK, RUN_DUE, due_slots, scheduled_jobs
from jobs_api.schedule.slots import Schedule, next_slot

SOURCE = "apscheduler"
AT_ONCE = 10
"""So many instances of one job: whether slots may overlap is ours to decide, and each asks only that."""

# Late is better than never, and the newest slot stands for those that were missed: run-due looks after them.
# By default a job that is a second late would be dropped.
HOW = {"misfire_grace_time": None, "coalesce": True, "max_instances": AT_ONCE, "replace_existing": True}


def add_jobs(
    scheduler: BaseScheduler,
    only: str = "*",
    *,
    run_due_every: int | None = 5,
    jobstore: str = "default",
    source: str = SOURCE,
    **how: Any,
) -> None:
    """Add each job that has a schedule, and run-due, instead of those that were added before.

    Args:
        only: a glob of the names of jobs.
        run_due_every: minutes; None: run-due is not called.
        jobstore: the alias of the store that holds them.
        source: the scheduler's name, for the record.
        how: further arguments of `add_job`, such as `executor`.

    Raises:
        BadInput, WrongUse, ImproperlyConfigured: see `scheduled_jobs` and `due_slots`.
    """
    how = {"jobstore": jobstore, **HOW, **how}
    wanted = []
    for job in scheduled_jobs(only):
        call = {"args": [job.name], "kwargs": {"source": source}}
        added = scheduler.add_job(
            fire, SlotTrigger(job.slots), id=MARK + job.name, name=MARK + job.name, **call, **how
        )
        wanted.append(added.id)
    if run_due_every is not None:
        trigger, name = SlotTrigger(due_slots(run_due_every)), MARK + RUN_DUE
        wanted.append(
            scheduler.add_job(fire_due, trigger, id=name, name=name, kwargs={"source": source}, **how).id
        )
    _remove_others(scheduler, jobstore, frozenset(wanted))


def add_messages(
    scheduler: BaseScheduler,
    only: str,
    run_due_every: int | None,
    *,
    send: Callable[[str, str], object],
    send_due: Callable[[], object],
) -> None:
    """Let the scheduler of a queue send a message for each slot, with its time: it may wait in the queue.

    Args:
        send: gets the name of a job and the time, ISO 8601.

    Raises:
        BadInput, WrongUse, ImproperlyConfigured: see `scheduled_jobs` and `due_slots`.
    """

    def add(name: str, slots: Schedule, call: Callable[[], object]) -> None:
        scheduler.add_job(call, SlotTrigger(slots), id=MARK + name, name=MARK + name, **HOW)

    for job in scheduled_jobs(only):
        add(job.name, job.slots, partial(_send, send, job.name))
    if run_due_every is not None:
        add(RUN_DUE, due_slots(run_due_every), send_due)


def _send(send: Callable[[str, str], object], name: str) -> None:
    send(name, clock.host().isoformat())


_latest: WeakKeyDictionary[BaseScheduler, dict[str, frozenset[str]]] = WeakKeyDictionary()
"""The ids that the last call wants, for each scheduler and store."""


def _remove_others(scheduler: BaseScheduler, jobstore: str, wanted: frozenset[str]) -> None:
    """Now, and again as soon as the scheduler has opened its stores: before it looks at the first job."""
    _latest.setdefault(scheduler, {})[jobstore] = wanted

    def remove(event: object = None) -> None:
        stale = (job for job in scheduler.get_jobs(jobstore) if job.id.startswith(MARK))
        for job in [job for job in stale if job.id not in _latest[scheduler][jobstore]]:
            job.remove()

    remove()
    if not scheduler.running:
        scheduler.add_listener(remove, EVENT_SCHEDULER_STARTED)


class SlotTrigger(BaseTrigger):  # type: ignore[misc]
    """The slots of a cron line in a zone, as jobs_api defines them."""

    __slots__ = ("slots",)

    def __init__(self, slots: Schedule) -> None:
        self.slots = slots

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The first slot after the one before, or from now on; in UTC, where no hour is repeated."""
        after = previous_fire_time or now - timedelta.resolution
        found = next_slot(self.slots, after)
        return None if found is None else found.astimezone(UTC)

    def __getstate__(self) -> dict[str, Any]:
        return {"expression": self.slots.expression, "timezone": self.slots.timezone}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.slots = Schedule.parse(state["expression"], state["timezone"])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SlotTrigger) and self.slots == other.slots

    def __hash__(self) -> int:
        return hash(self.slots)

    def __str__(self) -> str:
        return f"slots[{self.slots.expression} {self.slots.timezone}]"

    def __repr__(self) -> str:
        return f"<SlotTrigger ({self})>"


def fire(name: str, source: str = SOURCE) -> str:
    """Trigger a job; returns what came of it."""
    return firing.fire(name, source=source)


def fire_due(source: str = SOURCE) -> str:
    """Start whatever is due; returns what came of it."""
    return firing.fire_due(source=source)
