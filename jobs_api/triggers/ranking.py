"""The order in which run-due starts due slots: no job can block another one.

A call may end at any time: its request is killed, its 25 s are over, a command takes the process along. So
each job's oldest slot comes before any job's second one, and a job that was started already, and ended badly
or still has a backlog, comes after those that were not: the one that was tried longest ago first.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime

from django.db.models import Case, OuterRef, QuerySet, Subquery, When

from jobs_api import database
from jobs_api.models import JobRun, State
from jobs_api.registry.job import Job

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclasses.dataclass(frozen=True, slots=True)
class Due:
    """One slot that needs an attempt."""

    run_date: datetime
    job: Job
    ordered: bool = False
    """By a backfill or a rerun: it starts although the slot is older than the job's `expires`."""
    beyond: bool = False
    """More than one call catches up: it waits for the next, and stands for all after it."""


def in_order(items: Collection[Due], tried: Mapping[str, datetime]) -> list[Due]:
    """Round by round; in each, jobs that were not tried come first, oldest slot first.

    Args:
        tried: see `last_tried`.
    """
    turns: Counter[str] = Counter()
    ranked = []
    for item in sorted(items, key=lambda item: (item.run_date.timestamp(), item.job.name)):
        name = item.job.name
        ranked.append((turns[name], tried.get(name, NEVER), item.run_date.timestamp(), name, item))
        turns[name] += 1
    return [rank[-1] for rank in sorted(ranked, key=lambda rank: rank[:-1])]


def last_tried(
    failed: Mapping[str, datetime | None],
    recorded: Iterable[JobRun],
    wanted: Collection[tuple[str, datetime]],
) -> dict[str, datetime]:
    """When jobs were last tried that should let others pass.

    Args:
        failed: for each job, when its newest run was tried, if that failed.
        recorded: runs of the jobs, with `started_before` of `with_start_before`.
        wanted: job and slot of what is due.
    """
    tried = {name: at for name, at in failed.items() if at is not None}
    slots = Counter(name for name, _ in wanted)
    for run in recorded:
        if slots[run.job_name] > 1 or (run.job_name, run.run_date) in wanted:
            at = run.started_before or run.started_at or run.claimed_at or run.finished_at or NEVER
            tried[run.job_name] = max(tried.get(run.job_name, NEVER), at)
    return {name: at for name, at in tried.items() if at != NEVER}


def with_start_before(found: QuerySet[JobRun]) -> QuerySet[JobRun]:
    """For a queued slot, when the slot before it was started: a backfill goes through them one by one."""
    before = database.rows().filter(job_name=OuterRef("job_name"), run_date__lt=OuterRef("run_date"))
    start = Subquery(before.order_by("-run_date").values("started_at")[:1])
    before_queued = {"started_before": Case(When(state=State.QUEUED, then=start))}
    return found.annotate(**before_queued)
