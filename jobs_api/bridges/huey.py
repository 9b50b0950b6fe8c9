"""huey: a periodic task for each declared job, which asks for our next slot.

In a module `tasks` of an app, which `manage.py run_huey` imports::

    from huey.contrib.djhuey import HUEY
    from jobs_api.bridges.huey import add_jobs

    add_jobs(HUEY)

huey looks once a minute which tasks are due. Ours are due if a slot has come since it looked before, so that
a look that comes late drops none. Its option `utc` makes no difference.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from huey.api import Huey

from jobs_api import clock
from jobs_api.bridges.common import firing
from jobs_api.bridges.common.choosing import MARK, RUN_DUE, due_slots, scheduled_jobs
from jobs_api.schedule.slots import Schedule, previous_slot

SOURCE = "huey"
LOOK = timedelta(seconds=60)
"""How often huey looks."""


class SlotCheck:
    """Whether a slot has come since the last look."""

    def __init__(self, slots: Schedule) -> None:
        self.slots = slots
        self.seen: datetime | None = None

    def __call__(self, timestamp: datetime) -> bool:
        """Whether the task is to run now. huey's own time may be a local one, in which hours repeat."""
        return self.is_due(clock.host())

    def is_due(self, now: datetime) -> bool:
        """Whether a slot has come since the last look; the first one looks back as far as huey waits."""
        since = self.seen if self.seen is not None and self.seen <= now else now - LOOK
        self.seen = now
        slot = previous_slot(self.slots, now)
        return slot is not None and slot.astimezone(UTC) > since


def add_jobs(huey: Huey, only: str = "*", *, run_due_every: int | None = 5, **how: Any) -> None:
    """Register a periodic task for each job that has a schedule, and one for run-due.

    Args:
        only: a glob of the names of jobs.
        run_due_every: minutes; None: run-due is not called.
        how: further arguments of `huey.periodic_task`, such as `priority`.

    Raises:
        BadInput, WrongUse, ImproperlyConfigured: see `scheduled_jobs` and `due_slots`.
    """
    for job in scheduled_jobs(only):
        _register(huey, job.name, job.slots, partial(firing.fire, job.name, source=SOURCE), how)
    if run_due_every is not None:
        _register(huey, RUN_DUE, due_slots(run_due_every), partial(firing.fire_due, source=SOURCE), how)


def _register(huey: Huey, name: str, slots: Schedule, act: Callable[[], str], how: dict[str, Any]) -> None:
    def task() -> str:
        return act()

    task.__doc__ = f"{MARK}{name}"
    # Whether something is tried again is ours to decide.
    fixed = {"name": f"jobs_api_{name}", "retries": 0}
    huey.periodic_task(SlotCheck(slots), **{**how, **fixed})(task)
