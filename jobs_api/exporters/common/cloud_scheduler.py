"""What both exports to Google Cloud Scheduler say: names, deadlines and retries.

Source: google/cloud/scheduler/v1/job.proto and target.proto in googleapis (limits and defaults).
"""

from __future__ import annotations

import dataclasses

from jobs_api.exporters.common.plan import Entry

SHORTEST_DEADLINE, LONGEST_DEADLINE, RUN_DUE_DEADLINE = 15, 1800, 180
"""Seconds: the first two are the service's limits for a call."""
LONGEST_DESCRIPTION = 500
MOST_RETRIES, LONGEST_BACKOFF, DOUBLINGS = 5, 3600, 5
LEAST_BACKOFF = 5


@dataclasses.dataclass(frozen=True)
class Delivery:
    """How one job of Cloud Scheduler is called; times in seconds."""

    deadline: int
    """How long it waits for the answer; a run goes on after it, and the next call finds it running."""
    retries: int
    backoff: int
    """Before the first retry; it doubles. Retry-After is not heeded, so this is the job's own back-off."""


def delivery(entry: Entry) -> Delivery:
    """From the job's own limits; run-due is called again soon, so it is not repeated."""
    job = entry.job
    if job is None:
        return Delivery(RUN_DUE_DEADLINE, 0, LEAST_BACKOFF)
    deadline = min(LONGEST_DEADLINE, max(SHORTEST_DEADLINE, round(job.timeout)))
    backoff = min(LONGEST_BACKOFF, max(LEAST_BACKOFF, round(job.retry_backoff)))
    return Delivery(deadline, min(MOST_RETRIES, job.max_attempts), backoff)


def description(entry: Entry) -> str:
    """What the console shows."""
    return f"jobs_api: {entry.description}"[:LONGEST_DESCRIPTION]
