"""The contract's table of endpoints, and what it takes to call each of them."""

from __future__ import annotations

import dataclasses
import itertools
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from jobs_api import Job
from jobs_api.auth import tokens
from jobs_api.models import JobRun, State
from jobs_api.schedule.slots import current_slot, next_slot
from tests.conftest import stored_run

YEARLY = {"schedule": "0 0 1 1 *", "timezone": "America/New_York"}
"""Its newest slot stays the same while a test runs, and is younger than the retention of runs."""
PROBLEM = "application/problem+json"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """One row of the table."""

    method: str
    path: str
    scopes: tuple[str, ...]
    """Any one of them is enough; none: open."""
    status: int = 200
    """The answer where all is well."""
    state: str = State.SUCCEEDED
    """Of the run that {run} names."""
    body: dict[str, Any] | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def call(self, api: Any, run: JobRun, **extra: Any) -> Any:
        """Call it for this run and its job."""
        return api(self.method, self.path.format(name=run.job_name, run=run.pk), json=self.body, **extra)


_BEFORE, _YESTERDAY = ((timezone.now() - timedelta(days=days)).date().isoformat() for days in (2, 1))

ENDPOINTS = (
    Endpoint("POST", "/api/jobs/{name}/run", ("trigger",)),
    Endpoint("POST", "/api/run-due", ("trigger",)),
    Endpoint("GET", "/api/sources", ("read",)),
    Endpoint("GET", "/api/jobs", ("read",)),
    Endpoint("GET", "/api/jobs/{name}", ("read",)),
    Endpoint("GET", "/api/jobs/{name}/runs", ("read",)),
    Endpoint("GET", "/api/runs/{run}", ("read", "trigger")),
    Endpoint("GET", "/api/runs/{run}/output", ("read",)),
    Endpoint("POST", "/api/runs/{run}/rerun", ("operate",)),
    Endpoint("POST", "/api/runs/{run}/cancel", ("operate",), state=State.QUEUED),
    Endpoint(
        "POST",
        "/api/jobs/{name}/backfill",
        ("operate",),
        status=202,
        body={"start": _BEFORE, "end": _YESTERDAY, "reason": "the table"},
    ),
    Endpoint("POST", "/api/jobs/{name}/pause", ("operate",)),
    Endpoint("POST", "/api/jobs/{name}/resume", ("operate",)),
    Endpoint("POST", "/api/pause", ("operate",), body={"jobs": ["*"]}),
    Endpoint("POST", "/api/resume", ("operate",), body={"jobs": ["*"]}),
    Endpoint("GET", "/api/health/live", ()),
    Endpoint("GET", "/api/health/ready", ()),
    Endpoint("GET", "/api/health/jobs", ("read",)),
    Endpoint("GET", "/api/metrics", ("read",)),
)
GUARDED = tuple(endpoint for endpoint in ENDPOINTS if endpoint.scopes)

_numbers = itertools.count(1)


def bearer(
    *scopes: str, patterns: tuple[str, ...] = ("*",), expires_at: datetime | None = None, name: str = ""
) -> dict[str, str]:
    """The header of a new token."""
    _, secret = tokens.create(
        name or f"token {next(_numbers)}",
        scopes=scopes,
        patterns=patterns,
        expires_at=expires_at,
        at=timezone.now(),
    )
    return {"Authorization": f"Bearer {secret}"}


def newest_slot(job: Job) -> datetime:
    """The slot that a trigger means now."""
    slot = current_slot(job.slots, timezone.now())
    assert slot is not None
    return slot


def following_slot(job: Job) -> datetime | None:
    """The one after it."""
    return next_slot(job.slots, timezone.now())


def newest_run(job: Job, state: str = State.SUCCEEDED, **fields: Any) -> JobRun:
    """A run of the slot that a trigger means now, in flight for a minute more if it is held."""
    if state in (State.CLAIMED, State.RUNNING):
        fields = {"lease_expires_at": timezone.now() + timedelta(minutes=1), **fields}
    return stored_run(job, newest_slot(job), state=state, **fields)
