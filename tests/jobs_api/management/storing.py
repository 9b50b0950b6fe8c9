"""Runs of jobs, as the commands of operators find them."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from jobs_api.models import JobRun
from jobs_api.registry.job import Job
from jobs_api.schedule.slots import current_slot
from tests.conftest import stored_run


def run_now(job: Job, **fields: Any) -> JobRun:
    """Store a run of the job's current slot."""
    return stored_run(job, current_slot(job.slots, timezone.now()), **fields)
