"""A job that hangs does not look healthy: what is past its timeout, and what holds up slot after slot."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from jobs_api import Job, registry
from jobs_api.execution.heartbeat import heartbeat
from jobs_api.models import JobDeclaration, JobRun, State
from jobs_api.monitoring.report import health_report, job_reports
from jobs_api.runs import job_state, pausing
from jobs_api.runs.underway import EACH, underway
from tests.conftest import NOON, stored_run
from tests.jobs_api.api.endpoints import bearer
from tests.jobs_api.management.calling import manage

pytestmark = pytest.mark.django_db

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


@pytest.fixture
def job(declare):
    """``job("nightly", timeout=600)``: an hourly job that the database has known for long."""

    def make(name="hourly", **fields):
        declared = declare(name, **{"schedule": "0 * * * *", "grace": 600, "timeout": 3600, **fields})
        job_state.know(declared, at=NOON - timedelta(days=300))
        return declared

    return make


def held(job, run_date=NOON, *, state=State.RUNNING, at=None, **fields):
    """A held run whose holder renews its lease."""
    at = at or run_date
    times = {"claimed_at": at, "started_at": at if state == State.RUNNING else None}
    return stored_run(job, run_date, state=state, **{**times, "lease_expires_at": NOON + 99 * HOUR, **fields})


def skipped_behind(job, number):
    for hours in range(1, number + 1):
        stored_run(job, NOON + hours * HOUR, state=State.SKIPPED)


def waits(job, since, **fields):
    """A queued slot that nobody has started since then."""
    return stored_run(job, NOON - 9 * HOUR, state=State.QUEUED, next_attempt_at=since, **fields)


def health_of(job, now):
    (report,) = job_reports([job], now=now)
    return report.health


# -- past its timeout -------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "expected"), [(599, "ok"), (600, "ok"), (601, "overdue")])
def test_a_run_past_its_timeout_is_overdue_though_its_holder_still_renews(job, seconds, expected):
    """Pain 7: a run that hangs is no run that goes on."""
    nightly = job(timeout=600)
    held(nightly)
    assert health_of(nightly, NOON + seconds * SECOND) == expected


def test_the_time_counts_from_when_it_began_not_from_its_slot(job):
    late = job(timeout=600)
    held(late, at=NOON + 1200 * SECOND)
    assert health_of(late, NOON + 1790 * SECOND) == "ok"
    assert health_of(late, NOON + 1801 * SECOND) == "overdue"


def test_an_older_slot_that_hangs_is_seen_though_a_newer_one_has_succeeded(job):
    parallel = job(overlap="allow", timeout=600)
    held(parallel, NOON - HOUR)
    stored_run(parallel)
    assert health_of(parallel, NOON) == "overdue"


def test_any_of_many_runs_of_a_job_is_enough(job):
    parallel = job(overlap="allow", timeout=60)
    for number in range(3 * EACH):
        held(parallel, NOON + number * SECOND, at=NOON + 50 * SECOND)
        held(parallel, NOON - HOUR + number * SECOND, state=State.CLAIMED, at=NOON)
    held(parallel, NOON - 2 * HOUR, at=NOON + 20 * SECOND)
    assert health_of(parallel, NOON + 79 * SECOND) == "ok"
    assert health_of(parallel, NOON + 81 * SECOND) == "overdue"


def test_what_hangs_without_a_lease_is_failing_if_it_is_the_newest_and_else_overdue(job):
    """Inline cannot kill: at the timeout its lease ends, and its thread may hang for ever."""
    parallel = job(overlap="allow", timeout=60)
    lost = held(parallel, lease_expires_at=NOON + 90 * SECOND)
    assert health_of(parallel, NOON + 95 * SECOND) == "failing"
    stored_run(parallel, lost.run_date + SECOND)
    assert health_of(parallel, NOON + 95 * SECOND) == "overdue"


def test_a_pause_does_not_hide_a_run_that_hangs(job):
    nightly = job(timeout=60)
    held(nightly)
    pausing.pause(nightly, actor="ana", comment="", at=NOON)
    assert health_of(nightly, NOON + 59 * SECOND) == "paused"
    assert health_of(nightly, NOON + 61 * SECOND) == "overdue"
    report = health_report(now=NOON + 61 * SECOND)
    assert (report.names("overdue"), report.names("paused")) == ([nightly.name], [nightly.name])


@pytest.mark.django_db(transaction=True)
def test_a_command_that_hangs_shows_while_it_hangs(job, toy, api):
    """By the real clock: the run is past its timeout, and its holder renews as ever."""
    answers = []

    def hang(command, **options):
        JobRun.objects.update(started_at=timezone.now() - HOUR)
        answers.append(api("GET", "/api/health/jobs"))

    toy(hang)
    job("hanging", timeout=60, schedule=None)
    assert api("POST", "/api/jobs/hanging/run").json()["outcome"] == "succeeded"
    (answer,) = answers
    assert (answer.status_code, answer.json()["overdue"]) == (503, ["hanging"])
    assert "overdue: hanging" in answer.json()["detail"]
    assert heartbeat.attempts() == []
    assert api("GET", "/api/health/jobs").status_code == 200


# -- slots skipped behind it ------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.RUNNING, State.CLAIMED])
@pytest.mark.parametrize(("number", "expected"), [(2, "ok"), (3, "overdue"), (5, "overdue")])
def test_three_slots_in_a_row_that_were_skipped_behind_a_run_show_that_it_hangs(job, state, number, expected):
    """Long before its timeout: a job that runs each hour and takes a day."""
    slow = job(timeout=86400, grace=86400)
    held(slow, state=state)
    skipped_behind(slow, number)
    assert health_of(slow, NOON + 5 * HOUR) == expected


def test_slots_that_were_skipped_before_it_do_not_count(job):
    slow = job(timeout=86400)
    skipped_behind(slow, 3)
    held(slow, NOON + 4 * HOUR)
    assert health_of(slow, NOON + 4 * HOUR) == "ok"


def test_neither_do_they_where_one_between_them_has_run(job):
    parallel = job(timeout=86400, overlap="allow")
    held(parallel)
    for hours, state in enumerate((State.SKIPPED, State.SKIPPED, State.SUCCEEDED, State.SKIPPED)):
        stored_run(parallel, NOON + (hours + 1) * HOUR, state=state)
    assert health_of(parallel, NOON + 4 * HOUR) == "ok"


def test_a_slot_that_is_stored_ahead_of_the_clock_does_not_count(job):
    slow = job(timeout=86400)
    held(slow)
    skipped_behind(slow, 3)
    assert health_of(slow, NOON + 2 * HOUR) == "ok"


def test_once_it_has_ended_nothing_is_overdue(job):
    slow = job()
    stored_run(slow)
    skipped_behind(slow, 4)
    assert health_of(slow, NOON + 4 * HOUR) == "ok"


# -- what waits -------------------------------------------------------------------------------


def test_any_run_that_no_worker_begins_is_missed_not_only_the_newest(job):
    """Pain 17: the queue takes everything, and nobody works it."""
    parallel = job(overlap="allow", grace=600)
    held(parallel, NOON - HOUR, state=State.CLAIMED)
    stored_run(parallel)
    assert health_of(parallel, NOON - HOUR + 600 * SECOND) == "ok"
    assert health_of(parallel, NOON) == "missed"


def test_a_claim_that_nobody_began_in_time_is_not_forgotten_either(job):
    """Its lease is over, and nothing has reaped it: nobody calls run-due."""
    parallel = job(overlap="allow", grace=600)
    held(parallel, NOON - HOUR, state=State.CLAIMED, lease_expires_at=NOON - HOUR / 2)
    assert health_of(parallel, NOON - HOUR / 4) == "failing"
    stored_run(parallel)
    assert health_of(parallel, NOON) == "missed"


@pytest.mark.parametrize(("seconds", "waiting"), [(600, []), (601, ["hourly"])])
def test_a_queued_slot_that_nobody_starts_is_named_and_does_not_change_the_verdict(job, seconds, waiting):
    backfilled = job()
    stored_run(backfilled)
    waits(backfilled, NOON, trigger="backfill")
    report = health_report(now=NOON + seconds * SECOND)
    assert (report.unstarted, report.red) == (waiting, False)
    assert report.jobs[0].underway.queued_count == 1


@pytest.mark.parametrize("trigger", ["http", "run_due", "command"])
def test_a_slot_that_found_no_room_and_that_nobody_starts_is_missed(job, trigger):
    """Pain 17: its run is recorded, so the slot has one, but it never begins."""
    full = job()
    stored_run(full)
    waits(full, NOON, trigger=trigger)
    assert health_of(full, NOON + 600 * SECOND) == "ok"
    assert health_of(full, NOON + 601 * SECOND) == "missed"
    pausing.pause(full, actor="", comment="", at=NOON + HOUR / 2)
    assert health_of(full, NOON + HOUR) == "paused"
    pausing.resume(full, actor="", comment="", at=NOON + HOUR)
    assert health_of(full, NOON + HOUR + 599 * SECOND) == "ok"


@pytest.mark.parametrize("trigger", ["backfill", "rerun"])
def test_what_an_operator_ordered_may_wait(job, trigger):
    ordered = job()
    stored_run(ordered)
    waits(ordered, NOON, trigger=trigger)
    assert health_of(ordered, NOON + HOUR / 2) == "ok"


def test_it_has_not_waited_while_its_job_was_paused(job):
    backfilled = job()
    stored_run(backfilled)
    waits(backfilled, NOON - 9 * HOUR, trigger="backfill")
    pausing.pause(backfilled, actor="", comment="", at=NOON - 9 * HOUR)
    assert health_report(now=NOON).unstarted == []
    pausing.resume(backfilled, actor="", comment="", at=NOON)
    assert health_report(now=NOON + 599 * SECOND).unstarted == []
    assert health_report(now=NOON + 601 * SECOND).unstarted == ["hourly"]


# -- what lists show --------------------------------------------------------------------------


@pytest.fixture
def slow(job):
    """A job whose older slot hangs, while the newest has succeeded."""
    now = timezone.now().replace(microsecond=0)
    parallel = job("parallel", overlap="allow", timeout=600, schedule=None)
    fields = {"at": now - HOUR, "progress_done": 3, "progress_total": 9, "lease_expires_at": now + HOUR}
    hanging = held(parallel, now - HOUR, executor="celery", **fields)
    stored_run(parallel, now - 60 * SECOND)
    return hanging


@pytest.mark.parametrize("path", ["/api/jobs", "/api/jobs/parallel"])
def test_the_api_shows_the_running_attempt_and_not_only_the_newest_slot(api, slow, path):
    said = api("GET", path).json()
    said = said["jobs"][0] if "jobs" in said else said
    (running,) = said["running"]
    assert (said["health"], said["last_run"]["state"], said["running_count"]) == ("overdue", "succeeded", 1)
    assert (running["id"], running["state"], running["overdue"]) == (slow.pk, "running", True)
    assert 3600 <= running["age_seconds"] < 3700
    assert (running["timeout_seconds"], running["executor"]) == (600, "celery")
    assert running["since"] == slow.started_at.isoformat()
    assert running["lease_expires_at"] == slow.lease_expires_at.isoformat()
    assert (running["progress"], running["url"]) == ({"done": 3, "total": 9}, f"/api/runs/{slow.pk}")


def test_a_token_sees_only_what_hangs_in_its_own_jobs(api, slow):
    answer = api("GET", "/api/health/jobs", headers=bearer("read", patterns=["other_*"]))
    assert (answer.status_code, answer.json()["overdue"]) == (200, [])
    assert api("GET", "/api/jobs/parallel", headers=bearer("read", patterns=["other_*"])).status_code == 404


def test_the_list_shows_it_below_the_jobs(slow):
    said = manage("jobs_list")
    assert said.lines[1].endswith(f"succeeded {slow.pk + 1} overdue")
    assert said.lines[2:4] == ["", "Under way:"]
    assert said.lines[4] == "run job slot state attempt age timeout lease_until progress executor"
    row = said.lines[5].split()
    assert (row[0], row[1], row[-2:]) == (str(slow.pk), "parallel", ["3/9", "celery"])
    assert "overdue 1 60 min 10 min" in said.lines[5]


def test_the_list_of_one_job_shows_it_whatever_is_newer(slow, job):
    for number in range(25):
        stored_run(registry.get("parallel"), timezone.now() - number * SECOND)
    said = manage("jobs_list", "parallel")
    assert said.lines[-2].startswith("run job slot state attempt age")
    assert said.lines[-1].split()[0] == str(slow.pk)


def test_programs_get_it_in_full(slow):
    (said,) = manage("jobs_list", "--json").json()
    (running,) = said["running"]
    assert (running["run"], running["overdue"], running["timeout_seconds"]) == (slow.pk, True, 600)
    assert (said["running_count"], said["queued_count"]) == (1, 0)


def test_the_list_says_what_waits_for_long_and_who_starts_it(job):
    backfilled = job()
    now = timezone.now()
    for hours in range(3):
        stored_run(backfilled, now - hours * HOUR, state=State.QUEUED, next_attempt_at=now - 3 * HOUR)
    assert "hourly: 3 queued slots wait, the first for 3 h; run-due starts them." in manage("jobs_list").out


# -- many -------------------------------------------------------------------------------------


def test_many_runs_of_a_job_are_counted_and_the_oldest_are_shown(job):
    parallel = job(overlap="allow")
    runs = [held(parallel, NOON + number * SECOND) for number in range(3 * EACH)]
    (report,) = job_reports([parallel], now=NOON + HOUR / 2)
    assert [running.run.id for running in report.underway.running] == [run.pk for run in runs[:EACH]]
    assert report.underway.running_count == 3 * EACH


def test_a_thousand_jobs_take_as_many_statements_as_one(db, django_assert_num_queries):
    """Each with a run that hangs, one that was skipped and one that waits."""
    names = [f"job-{number:04}" for number in range(1000)]
    since = NOON - timedelta(days=300)
    for model, rows in (
        (
            JobDeclaration,
            [{"job_name": n, "schedule": "0 * * * *", "timezone": "UTC", "since": since} for n in names],
        ),
        (JobRun, [_row(name, hours) for name in names for hours in range(3)]),
    ):
        model.objects.bulk_create([model(**row) for row in rows], batch_size=500)
    with registry.override(
        *(Job(name, command="toy", schedule="0 * * * *", timezone="UTC") for name in names)
    ):
        with django_assert_num_queries(6):
            report = health_report(now=NOON + 3 * HOUR)
        assert len(report.names("overdue")) == len(report.unstarted) == 1000
        if connection.vendor == "sqlite":
            before = connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 250)
            try:
                assert len(underway(NOON + 3 * HOUR)) == 1000
            finally:
                connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, before)


def _row(name, hours):
    common = {"job_name": name, "run_date": NOON + hours * HOUR, "created_at": NOON}
    begun = {"started_at": NOON, "claimed_at": NOON, "held_job": name, "lease_expires_at": NOON + 9 * HOUR}
    state = (State.RUNNING, State.SKIPPED, State.QUEUED)[hours]
    return {**common, "state": state, **((begun, {}, {"next_attempt_at": NOON})[hours])}
