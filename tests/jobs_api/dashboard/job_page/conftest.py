"""A job whose year is told, and its page as it is read at noon."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import QueryDict

from jobs_api.dashboard.job_page import reading
from jobs_api.dashboard.job_page.asked import asked
from jobs_api.dashboard.viewer import Viewer
from jobs_api.history import days, due
from jobs_api.models import JobDeclaration
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import declared
from jobs_api.schedule.zones import zone
from tests.conftest import NOON, stored_run

HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
LATER = NOON + 20 * MINUTE
VIEWER = Viewer("ana", True, zone("UTC"), True, "auto", True, LATER)


@pytest.fixture(autouse=True)
def short_year(monkeypatch):
    """No slots of another test, and a year of three weeks: it is quick to count."""
    due._newest.clear()
    monkeypatch.setattr(days, "WEEKS", 3)


@pytest.fixture
def known(declare: Callable[..., Any]) -> Callable[..., Job]:
    """``known(schedule="0 3 * * *")``: a job that the database knows for a long time; it is hourly."""

    def make(name: str = "hourly", *, since: datetime = NOON - 400 * DAY, **fields: Any) -> Job:
        job: Job = declare(name, **{"schedule": "0 * * * *", "timezone": "UTC", **fields})
        job_name, schedule, zone = declared(job)
        JobDeclaration.objects.create(job_name=job_name, schedule=schedule, timezone=zone, since=since)
        return job

    return make


def read(job: Job, query: str = "", at: datetime = LATER) -> reading.Facts:
    """What the page of a job reads, at 12:20."""
    return reading.read(job, asked(QueryDict(query), job, at), at, now=at)


def hourly(job: Job, hours: int, **fields: Any) -> None:
    """Runs of the last so many hours, each of which took a minute."""
    for number in range(hours):
        slot = NOON - number * HOUR
        stored_run(job, slot, finished_at=slot + MINUTE, source="eventbridge", **fields)
