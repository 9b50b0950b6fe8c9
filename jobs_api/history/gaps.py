"""Slots of dense jobs that have no run: found by counting, so that a band with every run costs one number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from jobs_api.history import due, rows
from jobs_api.history.night_counts import Asked, numbers
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing

SLOTS = 3_000
"""So many slots of a job are looked at, the newest ones: two days of a job that is due each minute."""


def missing(
    jobs: Sequence[Job],
    start: datetime,
    end: datetime,
    *,
    at: datetime,
    standings: Mapping[str, Standing],
    now: datetime | None,
) -> dict[str, list[datetime]]:
    """Of each job the slots of the window that were due and have no run: two statements at most."""
    known = {job.name: standing for job in jobs if (standing := standings.get(job.name)) and standing.since}
    end = min(end, at.replace(second=0, microsecond=0))  # so that a page that refreshes itself asks the same
    found = [job for job in jobs if job.name in known]
    begins = max([start, *(end - gap * SLOTS for job in found if (gap := due.usual_gap(job, at)))])
    if not found or begins >= end:
        return {}
    slots = {job.name: due.within(job, begins, end, SLOTS).slots for job in found}
    have = numbers([job.name for job in found], Asked(begins, end, at, now))
    left = [job for job in found if have[job.name] != len(slots[job.name])]
    ran = rows.within((job.name for job in left), begins, end, at=at, each=SLOTS + 1, now=now, apart=True)
    return {job.name: _without(slots[job.name], ran, job.name) for job in left}


def _without(slots: Sequence[datetime], ran: rows.Found, name: str) -> list[datetime]:
    have = {row.run_date for row in ran.of(name)} | {run.run_date for run in ran.done.get(name, ())}
    return [slot for slot in slots if slot not in have]
