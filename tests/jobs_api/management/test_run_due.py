"""jobs_run_due: one crontab line for all jobs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs_api import current_run, executors
from jobs_api.exceptions import SubmitFailed
from jobs_api.models import JobDeclaration, JobRun
from jobs_api.runs import job_state
from tests.conftest import NOON, stored_run

from .calling import manage, now_slot, outcome_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def three_due(declare, toy):
    """Three jobs of which one fails; their slots came some hours ago, and the oldest is that of `a`."""
    hour = (timezone.now() - timedelta(hours=6)).hour
    declare("a", schedule=f"0 {hour} * * *")
    declare("b", schedule=f"5 {hour} * * *", max_attempts=1)
    declare("c", schedule=f"10 {hour} * * *")
    job_state.know_all(at=NOON.replace(year=2020))
    started = []

    def behave(command, **options):
        started.append(current_run().job_name)
        if started[-1] == "b":
            raise ValueError("no")

    toy(behave)
    return started


def test_run_due_starts_what_is_due_and_is_exit_status_1_if_one_failed(three_due):
    said = manage("jobs_run_due")
    assert sorted(three_due) == ["a", "b", "c"]
    assert said.code == 1
    assert sorted(line.split()[1] for line in said.lines[1:4]) == ["a", "b", "c"]
    assert said.lines[-1] == "3 started or answered, 0 remaining."


def test_run_due_is_exit_status_0_where_nothing_is_left(three_due):
    manage("jobs_run_due")
    said = manage("jobs_run_due")
    assert (said.code, said.lines[-1]) == (0, "0 started or answered, 0 remaining.")
    assert manage("jobs_run_due", "--json").json() == []


def test_run_due_stops_starting_after_the_seconds_given(three_due):
    said = manage("jobs_run_due", "--seconds", "1e-9")
    assert (said.code, said.lines[-1]) == (0, "0 started or answered, 3 remaining.")
    assert three_due == []


def test_run_due_is_exit_status_1_if_a_slot_could_not_be_started(three_due, monkeypatch):
    """Pain 18: a crontab hears of it."""

    def submit(job, lease):
        raise OSError("Too many open files")

    monkeypatch.setattr(executors.load("inline"), "submit", submit)
    said = manage("jobs_run_due")
    assert (said.code, said.lines[-1]) == (1, "0 started or answered, 3 remaining.")


def test_run_due_is_on_record(three_due):
    manage("jobs_run_due", "--source", "crontab")
    assert {(run.trigger, run.source) for run in JobRun.objects.all()} == {("run_due", "crontab")}


def test_a_dry_run_says_what_is_due_and_writes_nothing(three_due):
    with CaptureQueriesContext(connection) as queries:
        said = manage("jobs_run_due", "--dry-run")
    assert said.code == 0
    assert sorted(line.split()[0] for line in said.lines[1:]) == ["a", "b", "c"]
    assert {query["sql"].split()[0] for query in queries} <= {"SELECT", "DECLARE"}  # a cursor
    assert three_due == []
    assert not JobRun.objects.exists()


def test_a_dry_run_says_so_where_nothing_is_due(declare):
    assert manage("jobs_run_due", "--dry-run").out == "Nothing is due.\n"


def test_a_lost_run_is_due(declare, toy):
    toy(lambda command, **options: None)
    job = declare()
    job_state.know_all(at=NOON.replace(year=2020))
    stored_run(job, now_slot(job), state="running", lease_expires_at=NOON.replace(year=2020))
    assert [line["job"] for line in manage("jobs_run_due", "--dry-run", "--json").json()] == ["nightly"]
    assert outcome_of(manage("jobs_run_due")) == "succeeded"
    assert JobRun.objects.get().attempt == 2


def test_run_due_makes_new_jobs_known(declare):
    declare()
    manage("jobs_run_due")
    assert JobDeclaration.objects.filter(job_name="nightly").exists()
    assert not JobRun.objects.exists()


@pytest.mark.parametrize("line", ["jobs_run_due --seconds", "jobs_run nightly --wait"])
@pytest.mark.parametrize("text", ["-1", "nan", "inf", "1_0", "soon"])
def test_a_number_of_seconds_that_is_none_is_an_error_and_starts_nothing(declare, line, text):
    declare()
    said = manage(*f"{line}={text}".split())
    assert said.code == 1
    assert "must be a number of seconds such as 30 or 0.5" in said.err
    assert not JobRun.objects.exists()


# -- --quiet: cron mails whatever is printed --------------------------------------------------


def test_quiet_prints_the_failures_alone(three_due):
    said = manage("jobs_run_due", "--quiet")
    assert sorted(three_due) == ["a", "b", "c"]
    assert said.code == 1
    assert [line.split()[:2] for line in said.lines] == [["outcome", "job"], ["failed", "b"]]


@pytest.mark.parametrize("json", [[], ["--json"]])
def test_quiet_prints_nothing_where_all_is_well(three_due, json):
    manage("jobs_run_due")
    said = manage("jobs_run_due", "--quiet", *json)
    assert (said.code, said.out, said.err) == (0, "", "")


def test_quiet_tells_a_program_of_the_failures_alone(three_due):
    assert [line["job"] for line in manage("jobs_run_due", "--quiet", "--json").json()] == ["b"]


def test_quiet_says_what_could_not_be_started(three_due, monkeypatch):
    def submit(job, lease):
        raise OSError("Too many open files")

    monkeypatch.setattr(executors.load("inline"), "submit", submit)
    said = manage("jobs_run_due", "--quiet")
    assert (said.code, said.out) == (1, "")
    assert said.err == "3 could not be started, and remain: the log has the reasons.\n"


def test_quiet_says_what_no_executor_took(three_due, monkeypatch):
    def submit(job, lease):
        raise SubmitFailed("no broker")

    monkeypatch.setattr(executors.load("inline"), "submit", submit)
    said = manage("jobs_run_due", "--quiet")
    assert said.lines[1].startswith("submit_failed a ")
