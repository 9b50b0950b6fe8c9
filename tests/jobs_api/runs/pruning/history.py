"""Runs as they lie in the table after years."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from jobs_api import Job
from jobs_api.models import JobAttempt, JobRun
from tests.conftest import NOON, stored_run


def days_before(days: float, instant: datetime = NOON) -> datetime:
    """An instant so many days earlier."""
    return instant - timedelta(days=days)


def history(job: Job, ages: Iterable[float], **fields: Any) -> list[JobRun]:
    """A run for each age in days, as of NOON."""
    return [stored_run(job, days_before(age), **fields) for age in ages]


def retried(job: Job, age: float, **fields: Any) -> JobRun:
    """A run that succeeded on its second attempt."""
    run = stored_run(job, days_before(age), attempt=2, tries=1, **fields)
    JobAttempt.objects.create(
        run=run, attempt=1, state="failed", reason="error", error="no", output_head=b"first", output_size=5
    )
    return run


def ages_left(job: Job) -> list[float]:
    """How old the runs are that are left, oldest first."""
    dates = JobRun.objects.filter(job_name=job.name).order_by("run_date").values_list("run_date", flat=True)
    return [(NOON - date) / timedelta(days=1) for date in dates]


def archived(directory: Path) -> list[dict[str, Any]]:
    """All lines of all archive files, in the order of their names."""
    lines = []
    for path in sorted(directory.iterdir()):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            lines += [json.loads(line) for line in file]
    return lines
