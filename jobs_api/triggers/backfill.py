"""Backfill: find the slots of an interval without a run, and queue them for run-due."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from jobs_api import audit, database, runs
from jobs_api.conf import config
from jobs_api.exceptions import BadInput
from jobs_api.registry.job import Job
from jobs_api.runs.types import Trigger
from jobs_api.schedule.slots import in_utc

BACKFILL_LIMIT = 1000
COUNT_LIMIT = 10_000


@dataclasses.dataclass(frozen=True, slots=True)
class Backfill:
    """What a backfill queues."""

    job: Job
    slots: list[datetime]
    """All slots of the interval, oldest first."""
    queued: list[datetime]
    """The slots that had no run."""


def plan_backfill(job: Job, start: datetime, end: datetime, *, now: datetime) -> Backfill:
    """Plan the slots from `start` until before `end`, and find those that have no run.

    Raises:
        BadInput: the interval is empty, too long, too old, in the future, or the job has no schedule.
    """
    _check_interval(job, start, end, now)
    slots = list(islice(in_utc(job.slots, start, end), COUNT_LIMIT + 1))
    if len(slots) > BACKFILL_LIMIT:
        count = f"more than {COUNT_LIMIT:,}" if len(slots) > COUNT_LIMIT else f"{len(slots):,}"
        raise BadInput(
            f"From `start` to `end` there are {count} slots; at most {BACKFILL_LIMIT:,} are queued at once."
        )
    taken = database.rows().filter(job_name=job.name, run_date__gte=start, run_date__lt=end)
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

    def record(number: int) -> None:
        audit.record(
            "backfill",
            at=at,
            result=f"queued {number}",
            actor=trigger.actor,
            reason=trigger.comment,
            job=plan.job.name,
            details=_details(plan, options or {}),
        )

    runs.queue(plan.job, plan.queued, trigger, at=at, options=options or {}, along=record)


def _details(plan: Backfill, options: dict[str, Any]) -> dict[str, Any]:
    """The interval, and the names of the options: their values may be secrets."""
    found: dict[str, Any] = {"slots": len(plan.slots)}
    found |= {"first": plan.slots[0], "last": plan.slots[-1]} if plan.slots else {}
    return {**found, **({"options": sorted(options)} if options else {})}
