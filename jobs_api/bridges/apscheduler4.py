"""APScheduler 4, which is not released yet (4.0.0a6): schedules whose trigger asks for our next slot.

Where the host has its scheduler, in the `with` block that opens it::

    from jobs_api.bridges.apscheduler4 import add_jobs

    with Scheduler() as scheduler:
        add_jobs(scheduler)
        scheduler.run_until_stopped()

The trigger is exact when clocks change, and the job tells the time for which it was scheduled.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from inspect import iscoroutinefunction
from typing import Any

from apscheduler import CoalescePolicy, ConflictPolicy, Scheduler, current_job
from apscheduler.abc import Trigger

from jobs_api import clock
from jobs_api.bridges.common import firing
from jobs_api.bridges.common.choosing import MARK, RUN_DUE, due_slots, scheduled_jobs
from jobs_api.exceptions import WrongUse
from jobs_api.schedule.slots import Schedule, next_slot

SOURCE = "apscheduler"


def add_jobs(scheduler: Scheduler, only: str = "*", *, run_due_every: int | None = 5, **how: Any) -> None:
    """Add a schedule for each job that has one, and for run-due; remove ours that are not declared any more.

    Args:
        scheduler: it has been opened.
        only: a glob of the names of jobs.
        run_due_every: minutes; None: run-due is not called.
        how: further arguments of `add_schedule`, such as `job_executor`.

    Raises:
        WrongUse: it is an AsyncScheduler, whose functions must be awaited.
        BadInput, WrongUse, ImproperlyConfigured: see `scheduled_jobs` and `due_slots`.
    """
    if iscoroutinefunction(scheduler.add_schedule):
        raise WrongUse("add_jobs() takes a Scheduler of APScheduler 4, and no AsyncScheduler.")
    wanted: dict[str, tuple[Any, Schedule, list[str]]]
    wanted = {MARK + job.name: (fire, job.slots, [job.name]) for job in scheduled_jobs(only)}
    if run_due_every is not None:
        wanted[MARK + RUN_DUE] = (fire_due, due_slots(run_due_every), [])
    # Late is better than never, and the newest slot stands for those that were missed: see run-due.
    fixed = {"misfire_grace_time": None, "coalesce": CoalescePolicy.latest}
    fixed |= {"conflict_policy": ConflictPolicy.replace, **how}
    for name, (call, slots, args) in wanted.items():
        # By its own task: without an option a task may run once at a time, whatever its arguments are.
        scheduler.configure_task(name, func=call, max_running_jobs=None, misfire_grace_time=None)
        scheduler.add_schedule(name, SlotTrigger(slots), id=name, args=args, **fixed)
    for schedule in scheduler.get_schedules():
        if schedule.id.startswith(MARK) and schedule.id not in wanted:
            scheduler.remove_schedule(schedule.id)


class SlotTrigger(Trigger):  # type: ignore[misc]
    """The slots of a cron line in a zone, as jobs_api defines them, from now on."""

    def __init__(self, slots: Schedule, after: datetime | None = None) -> None:
        self._slots, self._after = slots, after or clock.host() - timedelta.resolution

    def next(self) -> datetime | None:
        """The slot after the one that was returned before; in UTC, where no hour is repeated."""
        if (found := next_slot(self._slots, self._after)) is None:
            return None
        self._after = found.astimezone(UTC)
        return self._after

    def __getstate__(self) -> dict[str, Any]:
        return {
            "expression": self._slots.expression,
            "timezone": self._slots.timezone,
            "after": self._after,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._slots = Schedule.parse(state["expression"], state["timezone"])
        self._after = state["after"]

    def __repr__(self) -> str:
        return f"SlotTrigger({self._slots.expression!r}, {self._slots.timezone!r})"


def fire(name: str) -> str:
    """Trigger a job; returns what came of it."""
    return firing.fire(name, source=SOURCE, scheduled_at=current_job.get().scheduled_fire_time)


def fire_due() -> str:
    """Start whatever is due; returns what came of it."""
    return firing.fire_due(source=SOURCE)
