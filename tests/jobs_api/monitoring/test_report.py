"""One report of jobs, health and runs: the API and the command line show the same, in few statements."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from jobs_api import Job, registry
from jobs_api.models import JobAttempt, JobDeclaration, JobHost, JobRun, State
from jobs_api.monitoring import run_report
from jobs_api.monitoring.report import health_report, job_reports
from jobs_api.monitoring.run_report import RunReport
from jobs_api.runs import job_state, pausing, readers
from tests.conftest import NOON, stored_run
from tests.jobs_api.api.endpoints import YEARLY, newest_run
from tests.jobs_api.management.calling import manage

pytestmark = pytest.mark.django_db

EARLIER, LATER = NOON - timedelta(days=1), NOON + timedelta(minutes=30)


def noon_job(declare, name="nightly", **fields):
    """A job due at noon that the database has known for long."""
    job = declare(name, schedule="0 12 * * *", grace=600, **fields)
    job_state.know(job, at=NOON - timedelta(days=300))
    return job


@pytest.fixture
def world(declare):
    """A job of each health, of which another host knows nothing; returns the one that failed."""
    ok, paused = noon_job(declare, "ok"), noon_job(declare, "paused")
    failing, _ = noon_job(declare, "failing", timezone="Asia/Tokyo"), noon_job(declare, "missed")
    stored_run(ok)
    pausing.pause(paused, actor="ana", comment="works", at=EARLIER)
    stored_run(failing, EARLIER, state=State.FAILED, reason="error", attempt=2, tries=2)
    stored_run(failing, NOON.replace(hour=3), state=State.SKIPPED)
    rows = {"time_zone": "UTC", "version": "1", "seen_at": NOON}
    JobHost.objects.create(host="other", fingerprint="f", declarations={"gone": "@daily UTC"}, **rows)
    return failing


def test_the_report_has_the_health_of_every_job(world):
    report = health_report(now=LATER)
    assert {each.job.name: each.health for each in report.jobs} == {
        "failing": "failing",
        "missed": "missed",
        "ok": "ok",
        "paused": "paused",
    }
    assert (report.at, report.red, report.clock) == (LATER, True, "")
    assert report.names("paused") == ["paused"]
    assert report.differing == ["failing", "gone", "missed", "ok", "paused"]


def test_the_report_of_one_job_has_its_next_slot_its_last_run_and_its_pause_in_its_zone(world):
    now = NOON.replace(hour=3, minute=5)
    (report,) = job_reports([world], now=now)
    assert report.health == "failing"
    assert report.next_run_date.isoformat() == "2026-11-21T12:00:00+09:00"
    assert report.last_run.run_date.isoformat() == "2026-11-20T12:00:00+09:00"
    assert (report.last_run.state, report.missed_run_date, report.paused) == ("skipped", None, False)
    (paused,) = job_reports([registry.get("paused")], now=now)
    assert (paused.paused, paused.last_pause.actor, paused.waiting) == (True, "ana", 0)
    assert report.waiting is None
    (missed,) = job_reports([registry.get("missed")], now=LATER)
    assert (missed.missed_run_date, missed.last_run) == (NOON, None)


def test_a_report_covers_only_what_its_reader_may_see(world):
    report = health_report(lambda name: name in ("ok", "gone"), now=LATER)
    assert ([each.job.name for each in report.jobs], report.red) == (["ok"], False)
    assert report.differing == ["gone", "ok"]


def test_a_report_is_frozen_and_holds_what_it_needs(world, django_assert_num_queries):
    report = health_report(now=LATER)
    with django_assert_num_queries(0):
        assert [each.last_run and each.last_run.outcome for each in report.jobs]
        assert repr(report)
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.jobs[0].health = "ok"


def test_a_report_is_the_same_whether_or_not_its_statement_names_the_jobs(world, monkeypatch):
    named = health_report(lambda name: name != "failing", now=LATER)
    monkeypatch.setattr("jobs_api.monitoring.report.FEW", 1)
    assert repr(health_report(lambda name: name != "failing", now=LATER)) == repr(named)
    assert [each.job.name for each in named.jobs] == ["missed", "ok", "paused"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL gets values within the statement")
def test_a_report_of_many_jobs_needs_no_more_parameters_than_a_database_takes(db):
    connection.ensure_connection()
    before = connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 250)
    try:
        with registry.override(*(Job(f"job-{n}", command="toy") for n in range(300))):
            assert len(health_report(lambda name: name != "job-7").jobs) == 299
    finally:
        connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, before)


@pytest.mark.parametrize("number", [1, 60])
def test_reports_take_as_many_statements_however_many_jobs_there_are(
    declare, django_assert_num_queries, number
):
    jobs = [declare(f"job-{n}", **YEARLY) for n in range(number)]
    job_state.know_all(at=NOON)
    for job in jobs:
        newest_run(job)
    with django_assert_num_queries(4):
        assert len(job_reports(jobs)) == number
    with django_assert_num_queries(6):
        assert len(health_report().jobs) == number
    with django_assert_num_queries(6):
        assert len(manage("jobs_list", "--json").json()) == number


@pytest.mark.parametrize("path", ["/api/jobs", "/api/jobs/nightly", "/api/health/jobs"])
def test_the_api_adds_no_statement_to_the_report(api, declare, django_assert_num_queries, path):
    """Health has four more, which say how alerts stand, and what is muted; and one for the roll-up."""
    newest_run(noon_job(declare))
    with django_assert_num_queries(11 if "health" in path else 4):
        assert api("GET", path).status_code == 200


@pytest.mark.parametrize("state", [State.RUNNING, State.FAILED, State.QUEUED])
def test_a_run_is_shown_in_two_statements_and_its_output_in_one_more(
    api, declare, django_assert_num_queries, state
):
    run = newest_run(declare(**YEARLY), state, attempt=2, output_head=b"said", output_size=4)
    JobAttempt.objects.create(run=run, attempt=1, state=State.FAILED, reason="lost")
    pause = state in (State.FAILED, State.QUEUED)  # it may keep the run from its next try
    with django_assert_num_queries(2):
        assert len(api("GET", f"/api/runs/{run.pk}").json()["attempts"]) == 2
    for query in ("", "?attempt=1"):
        with django_assert_num_queries(2):
            assert api("GET", f"/api/runs/{run.pk}/output{query}").status_code == 200
    for arguments in ((), ("--attempt", 1)):
        with django_assert_num_queries(3 + pause):
            assert manage("jobs_show", run.pk, *arguments).code == 0


def test_the_api_and_the_command_line_show_the_same_of_every_job(api, world):
    shown = {job["name"]: job for job in api("GET", "/api/jobs").json()["jobs"]}
    listed = {line["job"]: line for line in manage("jobs_list", "--json").json()}
    assert shown.keys() == listed.keys()
    for name, line in listed.items():
        last = shown[name]["last_run"]
        assert line["health"] == shown[name]["health"]
        assert line["next"] == shown[name]["next_run_date"]
        assert line["run"] == (last and last["id"])
        assert line["last_slot"] == (last and last["run_date"])
    health = json.loads(api("GET", "/api/health/jobs").content)
    for kind in ("missed", "failing", "paused"):
        assert health[kind] == [name for name, line in listed.items() if line["health"] == kind]


@pytest.mark.parametrize("held", [State.CLAIMED, State.RUNNING])
def test_the_api_and_the_command_line_show_the_same_of_a_lost_run(api, declare, held):
    """Pain 7: a killed run is bad news, wherever one looks."""
    run = newest_run(declare(**YEARLY), held, lease_expires_at=timezone.now() - timedelta(minutes=1))
    shown = manage("jobs_show", run.pk, "--json").json()
    assert (shown["state"], shown["attempts"][-1]["reason"]) == ("failed", "lost")
    answer = api("GET", f"/api/runs/{run.pk}")
    assert (answer.status_code, answer.json()["state"], answer.json()["reason"]) == (200, "failed", "lost")
    assert api("GET", f"/api/runs/{run.pk}/output")["Jobs-Complete"] == "true"
    assert api("POST", "/api/jobs/nightly/run").json()["run"]["reason"] != "lost"  # that one starts it again


def test_output_is_found_of_an_attempt_that_was_superseded_since_the_run_was_read(declare):
    """A reader follows an attempt; another host reaps and claims it between two statements."""
    run = stored_run(declare(), state=State.FAILED, output_head=b"new", output_size=3)
    seen = readers.find(run.pk)
    JobAttempt.objects.create(run=run, attempt=1, state=State.FAILED, output_head=b"old", output_size=3)
    JobRun.objects.filter(pk=run.pk).update(attempt=2)
    assert run_report.output(seen, 1) == (b"old", b"", 3)
    assert run_report.output(seen, 3) is None


def test_a_run_of_a_job_that_is_gone_has_a_report(declare):
    stored = stored_run(
        declare(timezone="Asia/Tokyo"), state=State.FAILED, reason="error", next_attempt_at=NOON
    )
    registry.fill([])
    report = RunReport.of(readers.find(stored.pk))
    assert (report.job, report.run_date, report.next_try_at) == (None, NOON, None)
    assert report.outcome == "failed error"


def test_older_declarations_of_a_job_do_not_show_its_run_twice(declare, api):
    job = noon_job(declare)
    JobDeclaration.objects.create(job_name=job.name, schedule="@hourly", timezone="UTC", since=EARLIER)
    run = newest_run(job)
    (shown,) = api("GET", "/api/jobs").json()["jobs"]
    assert shown["last_run"]["id"] == run.pk


@pytest.mark.parametrize("number", [1, 60])
def test_what_waits_for_the_end_of_a_pause_takes_one_statement_more(
    declare, django_assert_num_queries, number
):
    """Pain 35: a pause that nobody remembers shows what it holds up, and since when."""
    jobs = [declare(f"job-{n}", **YEARLY) for n in range(number)]
    job_state.know_all(at=NOON)
    for job in jobs:
        newest_run(job, State.QUEUED, next_attempt_at=NOON)
        pausing.pause(job, actor="ana", comment="", at=NOON)
    with django_assert_num_queries(5):
        assert [report.waiting for report in job_reports(jobs)] == [1] * number


def test_a_pause_that_has_ended_by_itself_is_seen_as_over_before_its_row_is_closed(declare):
    job, end = noon_job(declare), NOON + timedelta(minutes=5)
    stored_run(job, NOON - timedelta(days=1))
    pausing.pause(job, actor="ana", comment="works", at=NOON, until=end)
    (during,) = job_reports([job], now=end - timedelta(seconds=1))
    (after,) = job_reports([job], now=end)
    assert (during.health, during.paused, during.waiting) == ("paused", True, 0)
    assert (after.health, after.paused, after.waiting) == ("ok", False, None)
    assert (after.last_pause.until, after.last_pause.ended_at) == (end, None)
