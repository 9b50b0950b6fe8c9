"""run-due over HTTP: one external schedule is enough for all jobs."""

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs_api.exceptions import SubmitFailed
from jobs_api.models import JobDeclaration, JobRun, State
from tests.jobs_api.api.endpoints import PROBLEM, YEARLY, bearer, newest_run

pytestmark = pytest.mark.django_db

DUE = "/api/run-due"


def waiting(job, **fields):
    return newest_run(job, State.QUEUED, next_attempt_at=timezone.now(), trigger="backfill", **fields)


def breaks(command, **options):
    raise RuntimeError("no")


def test_nothing_due_is_200_and_empty(api, declare):
    declare(**YEARLY)
    response = api("POST", DUE)
    assert (response.status_code, response.json()) == (200, {"counts": {}, "runs": [], "remaining": 0})


def test_what_succeeded_is_counted_and_not_listed(api, declare):
    runs = [waiting(declare(name, **YEARLY)) for name in ("a", "b")]
    response = api("POST", DUE)
    assert response.status_code == 200
    assert response.json() == {"counts": {"succeeded": 2}, "runs": [], "remaining": 0}
    assert {JobRun.objects.get(pk=run.pk).state for run in runs} == {State.SUCCEEDED}


def test_an_attempt_that_fails_makes_it_500_and_is_listed(api, declare, toy):
    toy(breaks)
    run = waiting(declare(**YEARLY))
    response = api("POST", DUE)
    said = response.json()
    assert (response.status_code, response["Content-Type"]) == (500, PROBLEM)
    assert set(said) == {"type", "title", "status", "detail", "counts", "runs", "remaining"}
    assert (said["counts"], said["remaining"]) == ({"failed": 1}, 0)
    listed = said["runs"][0]
    assert (listed["outcome"], listed["job"], listed["reason"]) == ("failed", "nightly", "error")
    assert listed["run_date"].endswith("-01-01T00:00:00-05:00")
    assert api("GET", listed["url"]).json()["id"] == run.pk


def test_work_that_remains_makes_it_202_with_retry_after(api, declare, executor):
    waiting(declare(executor=executor(lambda job, lease: None), **YEARLY))
    response = api("POST", DUE)
    assert response.status_code == 202
    assert (response.json()["counts"], response.json()["remaining"]) == ({"accepted": 1}, 1)
    assert int(response["Retry-After"]) > 0


def test_an_executor_that_takes_nothing_is_no_failed_attempt(api, declare, executor):
    def refuse(job, lease):
        raise SubmitFailed("the broker is away")

    waiting(declare(executor=executor(refuse), **YEARLY))
    response = api("POST", DUE)
    assert (response.status_code, response.json()["counts"]) == (202, {"submit_failed": 1})


def test_it_stops_starting_inline_work_after_its_time(api, declare, settings):
    settings.JOBS_API = {**settings.JOBS_API, "RUN_DUE_SECONDS": 1e-9}
    for name in ("a", "b", "c"):
        waiting(declare(name, **YEARLY))
    response = api("POST", DUE)
    assert response.status_code == 202
    assert sum(response.json()["counts"].values()) + response.json()["remaining"] == 3
    assert response.json()["remaining"] > 0


def test_the_first_twenty_that_did_not_succeed_are_listed(api, declare, toy):
    toy(breaks)
    for number in range(22):
        waiting(declare(f"job-{number:02}", **YEARLY))
    said = api("POST", DUE).json()
    assert said["counts"] == {"failed": 22}
    assert [run["job"] for run in said["runs"]] == [f"job-{number:02}" for number in range(20)]


def test_a_token_starts_the_jobs_of_its_patterns_only(api, declare):
    mine, other = waiting(declare("mine-1", **YEARLY)), waiting(declare("other", **YEARLY))
    response = api("POST", DUE, headers=bearer("trigger", patterns=("mine-*",)))
    assert response.json()["counts"] == {"succeeded": 1}
    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.state, other.state) == (State.SUCCEEDED, State.QUEUED)


def test_a_missed_slot_is_caught_up_and_the_record_says_who_asked(api, declare):
    job = declare(**YEARLY, catch_up_window=400 * 24 * 3600)
    since = timezone.now() - timedelta(days=399)
    JobDeclaration.objects.create(
        job_name=job.name, schedule=job.schedule, timezone=job.timezone, since=since
    )
    token = bearer("trigger", name="clock")
    response = api("POST", f"{DUE}?source=crontab", headers={**token, "User-Agent": "curl/8.0"})
    assert response.json()["counts"] == {"succeeded": 1}
    run = JobRun.objects.get()
    assert (run.trigger, run.source, run.actor) == ("run_due", "crontab", "clock")


def test_the_platform_is_recorded_where_no_source_is_given(api, declare):
    run = newest_run(declare(**YEARLY), State.FAILED, reason="error", tries=1, next_attempt_at=timezone.now())
    assert api("POST", DUE, headers={"User-Agent": "Google-Cloud-Scheduler"}).status_code == 200
    run.refresh_from_db()
    assert run.source == "cloud_scheduler"


@pytest.mark.parametrize(("query", "body"), [("?run_date=2020-01-01", None), ("", {"force": True})])
def test_what_means_nothing_here_is_422(api, declare, query, body):
    run = waiting(declare(**YEARLY))
    assert api("POST", DUE + query, json=body).status_code == 422
    run.refresh_from_db()
    assert run.state == State.QUEUED
