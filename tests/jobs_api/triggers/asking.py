"""Triggers with defaults, and what the tables hold, to compare."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from jobs_api import Job
from jobs_api.models import JobAttempt, JobDeclaration, JobPause, JobRun
from jobs_api.runs.types import Trigger
from jobs_api.triggers import dispatch
from jobs_api.triggers.dispatch import Request, Result
from tests.conftest import NOON

RECENT = timezone.now().replace(microsecond=0) - timedelta(minutes=5)
"""A slot for tests that go by the real clock."""
TABLES = (JobRun, JobAttempt, JobDeclaration, JobPause)


def later(**delta: float) -> datetime:
    """So long after NOON."""
    return NOON + timedelta(**delta)


def trigger(
    job: Job, *, run_date: datetime | None = None, now: datetime | None = NOON, **request: Any
) -> Result:
    """One trigger for the slot at NOON; without `now`, by the real clock, for a recent one."""
    slot = run_date or (RECENT if now is None else NOON)
    asked = Request(job, slot, request.pop("by", Trigger("http", "curl")), **{"wait_own": 0, **request})
    return dispatch.dispatch(asked, now=now)


def tables() -> list[list[dict[str, Any]]]:
    """Everything that a trigger may write."""
    return [list(table.objects.order_by("pk").values()) for table in TABLES]
