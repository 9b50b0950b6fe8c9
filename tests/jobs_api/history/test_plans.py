"""What it takes a database to read a few rows of many: it does not grow with the others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from jobs_api.history import rows
from jobs_api.models import JobRun
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
FAILED = {"attempt": 1, "state": "failed", "started_at": NOON, "finished_at": NOON}


def steps(act) -> int:
    """How many hundreds of steps SQLite takes."""
    counted = []
    connection.connection.set_progress_handler(lambda: counted.append(1), 100)
    try:
        act()
    finally:
        connection.connection.set_progress_handler(None, 100)
    return len(counted)


@pytest.mark.parametrize("only", [{}, {"unsuccessful": True}], ids=["all", "unsuccessful"])
@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite alone counts its steps")
def test_the_newest_rows_of_a_long_time_cost_no_more_than_those_of_a_short_one(known, only):
    job = known()
    slots = [NOON - timedelta(minutes=number) for number in range(1500)]
    JobRun.objects.bulk_create(
        JobRun(job_name=job.name, run_date=slot, created_at=slot, **FAILED) for slot in slots
    )

    def read(hours):
        start = NOON - timedelta(hours=hours)
        found = rows.within([job.name], start, NOON, at=NOON, each=20, now=NOON, **only)
        assert len(found.of(job.name)) == 20

    read(1)
    assert steps(lambda: read(24)) <= steps(lambda: read(1)) + 2
