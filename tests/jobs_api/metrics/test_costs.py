"""What a scrape costs: as many statements for many jobs as for few, and none that writes."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs_api import Job, registry
from jobs_api.models import Incident, JobDeclaration, JobRun, JobTotals, TriggerSource
from jobs_api.monitoring.totals import Totals
from tests.jobs_api.api.endpoints import newest_slot

pytestmark = pytest.mark.django_db


def fill(number):
    """So many jobs, each with a run, totals and an incident; and as many sources."""
    now = timezone.now()
    jobs = [Job(f"job{n}", command="toy", schedule="0 0 1 1 *") for n in range(number)]
    slot, totals = newest_slot(jobs[0]), Totals()
    totals.attempts["failed", "error"] += 1
    ended = {
        "state": "failed",
        "reason": "error",
        "attempt": 1,
        "created_at": slot,
        "started_at": slot,
        "finished_at": now,
    }
    declared = {"schedule": "0 0 1 1 *", "timezone": "UTC", "since": slot}
    about = {"since": now, "opened_at": now, "seen_at": now}
    names = [job.name for job in jobs]
    JobDeclaration.objects.bulk_create(JobDeclaration(job_name=name, **declared) for name in names)
    JobRun.objects.bulk_create(JobRun(job_name=name, run_date=slot, **ended) for name in names)
    JobTotals.objects.bulk_create(
        JobTotals(job_name=name, since=now, written_at=now, totals=totals.stored()) for name in names
    )
    Incident.objects.bulk_create(
        Incident(kind="failed", subject=name, job_name=name, **about) for name in names
    )
    TriggerSource.objects.bulk_create(
        TriggerSource(source=name, first_at=now, last_at=now) for name in names[:200]
    )
    return registry.override(*jobs)


def taken(scraped):
    with CaptureQueriesContext(connection) as asked:
        found = scraped()
    sql = [query["sql"] for query in asked.captured_queries]
    assert not [each for each in sql if each.startswith(("INSERT", "UPDATE", "DELETE"))]
    return len(sql), found


def test_a_scrape_takes_as_many_statements_for_300_jobs_as_for_10(scraped):
    numbers = []
    for number in (10, 300):
        with fill(number):
            statements, found = taken(scraped)
        assert len(found.labels("jobs_api_job_info", "job_name")) == number
        assert found.value("jobs_api_incidents_open", kind="failed") == number
        numbers.append(statements)
        for table in (JobDeclaration, JobRun, JobTotals, Incident, TriggerSource):
            table.objects.all().delete()
    assert numbers[0] == numbers[1] <= 10


def test_a_scrape_never_counts_runs(scraped):
    with fill(3), CaptureQueriesContext(connection) as asked:
        scraped()
    runs = [query["sql"] for query in asked.captured_queries if '"jobs_api_jobrun"' in query["sql"]]
    assert runs
    assert not [sql for sql in runs if "COUNT(" in sql and "OVER" not in sql], runs


def test_more_sources_than_are_told_apart_are_one(scraped):
    now = timezone.now()
    TriggerSource.objects.bulk_create(
        TriggerSource(source=f"s{n}", first_at=now, last_at=now) for n in range(150)
    )
    sources = scraped().labels("jobs_api_source_silent", "source")
    assert len(sources) == 101
    assert "(other)" in sources
