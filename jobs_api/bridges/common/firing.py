"""`fire` and `fire_due`: what each scheduler calls at the time of a slot.

They never raise nor exit: an exception would end the workers of some schedulers, and others would send the
job again, which is jobs_api's to decide. A failed attempt is on record and in the log already. What is wrong
with the call itself (a job that does not exist, a transaction around it) is logged as an error with its
remedy. Both return what came of it, for the scheduler's own page of results.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from jobs_api import clock, registry
from jobs_api.exceptions import BadInput, WrongUse
from jobs_api.text import loggers
from jobs_api.triggers.public import DueResult, TriggerResult, run_due, trigger

logger = loggers.logger("jobs_api.bridges")

LEAST_LATE = 60.0


def fire(
    name: str, *, source: str, scheduled_at: datetime | str | None = None, max_late: float | None = None
) -> str:
    """Trigger a job.

    Args:
        source: the scheduler, for the record: "celery-beat".
        scheduled_at: the time for which the scheduler had planned this call; None where it does not tell.
        max_late: seconds; None: for a job that catches nothing up its `grace`, at least a minute.

    Returns:
        The outcome, and behind a colon more about it.
    """
    late = _max_late(name) if max_late is None else max_late
    return _told(
        f"The job {name!r}",
        source,
        lambda: trigger(name, source=source, scheduled_at=scheduled_at, max_late=late),
    )


def fire_due(*, source: str) -> str:
    """Start every job that is due, missed or retryable; returns the outcome, and how many slots had which."""
    return _told("run-due", source, lambda: run_due(source=source))


def _max_late(name: str) -> float | None:
    """A call may wait in the scheduler's queue; "none" would rather have nothing than something old."""
    job = registry.find(name) if isinstance(name, str) else None
    if job is None or job.catch_up != "none":
        return None
    return max(job.grace_at(clock.host()).total_seconds(), LEAST_LATE)


def _told(what: str, source: str, act: Callable[[], TriggerResult | DueResult]) -> str:
    _close_old_connections()
    try:
        return _text(act())
    except (BadInput, WrongUse, ImproperlyConfigured) as error:
        remedy = "Bring the scheduler in step with the declarations: see docs/bridges.md."
        logger.error("%s was not started by %s: %s %s", what, source, error, remedy)
        return f"not started: {error}"
    finally:
        _close_old_connections()


def _close_old_connections() -> None:
    """Threads and processes of schedulers have no requests that would do it. Django's own function would also
    close one in the middle of the caller's transaction.
    """
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()


def _text(result: Any) -> str:
    if isinstance(result, DueResult):
        more = ", ".join(f"{outcome} {count}" for outcome, count in result.counts.items())
        return f"{result.outcome}: {result.detail or more or 'nothing was due'}"
    slot = f"slot {result.run_date.isoformat()}" if result.run_date else ""
    return f"{result.outcome}: {'. '.join(filter(None, [slot, result.detail]))}"
