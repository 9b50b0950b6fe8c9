"""A job whose story is told slot by slot, and the readers of what came of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from jobs_api import registry
from jobs_api.history import cells, due
from jobs_api.models import JobDeclaration
from jobs_api.runs.job_state import Standing, declared, standings
from tests.conftest import NOON

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def fresh_slots():
    """No slots of another test."""
    due._newest.clear()


@pytest.fixture
def known(declare: Callable[..., Any]) -> Callable[..., Any]:
    """``known("hourly", since=NOON - 9 * HOUR)``: an hourly job that the database knows since then."""

    def make(name: str = "hourly", *, since: datetime = NOON - 400 * HOUR, **fields: Any) -> Any:
        job = declare(name, **{"schedule": "0 * * * *", "timezone": "UTC", **fields})
        job_name, schedule, zone = declared(job)
        JobDeclaration.objects.create(job_name=job_name, schedule=schedule, timezone=zone, since=since)
        return job

    return make


def stand(at: datetime = NOON) -> dict[str, Standing]:
    """What is known of all jobs."""
    return {each.job.name: each for each in standings(now=at)[1]}


def recent(at: datetime = NOON, *, count: int = 50, brief: bool = False) -> dict[str, list[cells.Cell]]:
    """The cells of all jobs."""
    return cells.recent(registry.jobs(), at=at, standings=stand(at), count=count, brief=brief, now=at)


def states(found: list[cells.Cell]) -> str:
    """Of each cell."""
    return " ".join(cell.state for cell in found)
