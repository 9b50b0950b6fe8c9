"""What it costs to find that nothing is due."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jobs_api import Job, registry
from jobs_api.models import JobDeclaration, JobRun, State
from jobs_api.runs import job_state
from tests.conftest import NOON

from .waiting import LONG_AGO, later, run_due, wanted

pytestmark = pytest.mark.django_db

THOUSAND = range(1000)


@pytest.fixture
def a_thousand_jobs(declare):
    """All known, every slot done."""

    def make(**fields):
        declare()
        jobs = [
            Job(f"job{number:03}", command="toy", schedule=f"{number % 60} * * * *", **fields)
            for number in THOUSAND
        ]
        registry.fill(jobs)
        rows = [
            JobDeclaration(job_name=job.name, schedule=job.schedule, timezone="UTC", since=LONG_AGO)
            for job in jobs
        ]
        JobDeclaration.objects.bulk_create(rows)
        done = [
            JobRun(
                job_name=job.name,
                run_date=later(hours=hour, minutes=number % 60),
                state=State.SUCCEEDED,
                attempt=1,
                created_at=NOON,
            )
            for number, job in enumerate(jobs)
            for hour in (-1, 0)
            if hour or not number % 60  # at NOON only the first minute has come
        ]
        JobRun.objects.bulk_create(done)
        job_state.know_all(at=NOON)
        return jobs

    return make


@pytest.mark.parametrize("fields", [{}, {"catch_up": "all", "catch_up_window": 3600}, {"catch_up": "none"}])
def test_a_thousand_jobs_of_which_none_is_due_cost_at_most_three_statements(a_thousand_jobs, fields):
    """Pain 22: the question whether anything is due does not grow with the table."""
    a_thousand_jobs(**fields)

    with CaptureQueriesContext(connection) as queries:
        assert run_due().results == []

    assert len(queries) <= 3


def test_as_many_statements_tell_what_is_due(a_thousand_jobs, django_assert_max_num_queries):
    a_thousand_jobs()
    JobRun.objects.filter(run_date=later(hours=-1, minutes=30)).delete()

    with django_assert_max_num_queries(3):
        assert len(wanted()) == len([number for number in THOUSAND if number % 60 == 30])
