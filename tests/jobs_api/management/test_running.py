"""jobs_run: the path of every trigger, with exit codes for a crontab."""

import secrets
from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.utils import timezone
from pydantic import BaseModel

from jobs_api import database
from jobs_api.execution.waiting import waiters
from jobs_api.management import base
from jobs_api.models import JobRun
from jobs_api.runs import pausing
from tests.conftest import NOON, stored_run
from tests.jobs_api.execution.attempts import elsewhere, raising

from .calling import manage, now_slot, outcome_of

pytestmark = pytest.mark.django_db


class Params(BaseModel):
    say: str = "nothing"


def stored(**fields):
    return lambda job: stored_run(job, now_slot(job), **fields)


LATER = timezone.now() + timedelta(days=1)
OUTCOMES = {
    "succeeded": (lambda job: None, 0),
    "already_succeeded": (stored(), 0),
    "already_running": (stored(state="running", lease_expires_at=LATER), 0),
    "cancelled": (stored(state="cancelled"), 0),
    "attempts_exhausted": (stored(state="failed", tries=3), 1),
    "retry_later": (stored(state="failed", tries=1, next_attempt_at=LATER), 1),
    "paused": (lambda job: pausing.pause(job, actor="", comment="", at=timezone.now()), 0),
    "overlap_skipped": (
        lambda job: stored_run(job, NOON.replace(year=2020), state="running", lease_expires_at=LATER),
        0,
    ),
}


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_each_outcome_has_its_exit_status(declare, toy, outcome):
    prepare, code = OUTCOMES[outcome]
    toy(lambda command, **options: None)
    prepare(declare())
    said = manage("jobs_run", "nightly")
    assert (outcome_of(said), said.code) == (outcome, code)


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3)])
def test_a_failed_attempt_is_exit_status_1_and_says_where_to_look(declare, toy, error):
    toy(raising(error))
    declare()
    said = manage("jobs_run", "nightly")
    assert (outcome_of(said), said.code) == ("failed", 1)
    assert said.err == f"Its attempts and output: manage.py jobs_show {JobRun.objects.get().pk}\n"


def test_a_slot_too_old_is_no_failure(declare):
    declare(expires=60)
    said = manage("jobs_run", "nightly", "--run-date", (timezone.now() - timedelta(days=3)).date())
    assert (outcome_of(said), said.code) == ("expired", 0)


def test_the_record_tells_who_triggered_it(declare, toy, monkeypatch):
    monkeypatch.setattr(base, "user", lambda: "ops")
    toy(lambda command, **options: None)
    declare()
    manage("jobs_run", "nightly", "--reason", "by hand", "--source", "crontab")
    run = JobRun.objects.get()
    assert (run.trigger, run.actor, run.source, run.comment) == ("command", "ops", "crontab", "by hand")


def test_a_slot_can_be_named_by_instant_or_date(declare, toy):
    toy(lambda command, **options: None)
    declare()
    day = timezone.now().date() - timedelta(days=2)
    assert outcome_of(manage("jobs_run", "nightly", "--run-date", day)) == "succeeded"
    assert outcome_of(manage("jobs_run", "nightly", "--run-date", f"{day}T03:00:00Z")) == "already_succeeded"
    assert str(JobRun.objects.get().run_date) == f"{day} 03:00:00+00:00"


@pytest.mark.parametrize("text", ["2026-11-20T04:00:00Z", "2026-11-20T03:00:00", "yesterday", "2999-01-01"])
def test_a_run_date_that_is_no_slot_is_an_error(declare, text):
    declare()
    said = manage("jobs_run", "nightly", "--run-date", text)
    assert (said.code, said.err[:25]) == (1, "CommandError: `run_date` ")
    assert not JobRun.objects.exists()


def test_options_are_those_that_the_job_allows(declare, toy):
    seen = []
    toy(lambda command, **options: seen.append(options["say"]))
    declare(params=Params)
    assert manage("jobs_run", "nightly", "--options", '{"say": "hello"}').code == 0
    assert seen == ["hello"]
    assert JobRun.objects.get().options == {"say": "hello"}


@pytest.mark.parametrize("name", ["jobs_run nightly", "jobs_rerun RUN"])
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("{say: 1}", "--options is not JSON"),
        ("[]", "--options must be a JSON object"),
        ('"text"', "--options must be a JSON object"),
        ('{"sya": "hello"}', "Unknown option: `sya`"),
        ('{"say": []}', "`options.say`"),
    ],
)
def test_options_that_the_job_does_not_allow_are_an_error(declare, name, options, said):
    run = stored_run(declare(params=Params))
    line = name.replace("RUN", str(run.pk)).split()
    answer = manage(*line, "--options", options)
    assert answer.code == 1
    assert said in answer.err
    assert JobRun.objects.get().attempt == 1


def test_force_runs_a_slot_again(declare, toy):
    toy(lambda command, **options: None)
    declare()
    manage("jobs_run", "nightly")
    assert outcome_of(manage("jobs_run", "nightly", "--force")) == "succeeded"
    assert JobRun.objects.get().attempt == 2


@pytest.mark.parametrize("outcome", ["already_running", "overlap_skipped"])
def test_what_was_forced_and_did_not_start_is_exit_status_1(declare, outcome):
    OUTCOMES[outcome][0](declare())
    said = manage("jobs_run", "nightly", "--force")
    assert (outcome_of(said), said.code) == (outcome, 1)


@pytest.mark.django_db(transaction=True)
def test_wait_waits_for_a_run_that_another_trigger_holds(declare, monkeypatch):
    job = declare()
    run = stored_run(job, now_slot(job), state="running", lease_expires_at=LATER)
    wait = waiters.wait
    waited = []

    def end_meanwhile(watch, seconds):
        waited.append(seconds)
        ended = {"state": "succeeded", "held_job": None, "lease_expires_at": None}
        elsewhere(lambda: JobRun.objects.filter(pk=run.pk).update(**ended))
        wait(watch, seconds)

    monkeypatch.setattr(waiters, "wait", end_meanwhile)
    assert outcome_of(manage("jobs_run", "nightly", "--wait", "15")) == "already_succeeded"
    assert [5 < seconds <= 15 for seconds in waited] == [True]


# -- --new ------------------------------------------------------------------------------------


def test_a_job_without_schedule_runs_again_now(declare, toy):
    """Its one slot a day is done after the first call."""
    toy(lambda command, **options: None)
    declare(schedule=None)
    assert outcome_of(manage("jobs_run", "nightly")) == "succeeded"
    assert outcome_of(manage("jobs_run", "nightly")) == "already_succeeded"
    assert outcome_of(manage("jobs_run", "nightly", "--new")) == "succeeded"
    assert outcome_of(manage("jobs_run", "nightly", "--new", "--reason", "once more")) == "succeeded"
    first, second, third = JobRun.objects.order_by("run_date")
    assert (first.attempt, second.attempt, third.attempt) == (1, 1, 1)
    assert timezone.now() - timedelta(minutes=1) < second.run_date < third.run_date <= timezone.now()
    assert third.comment == "once more"


def test_two_new_ones_of_the_same_millisecond_are_two_runs(declare, toy, monkeypatch):
    toy(lambda command, **options: None)
    declare(schedule=None)
    monkeypatch.setattr(database, "now", lambda: NOON)
    chances = Mock(side_effect=(3, 700))
    monkeypatch.setattr(secrets, "randbelow", chances)
    assert [outcome_of(manage("jobs_run", "nightly", "--new")) for _ in range(2)] == ["succeeded"] * 2


def test_a_new_one_does_not_overlap_and_says_that_nothing_was_started(declare):
    stored_run(declare(schedule=None), NOON.replace(year=2020), state="running", lease_expires_at=LATER)
    said = manage("jobs_run", "nightly", "--new")
    assert (outcome_of(said), said.code) == ("overlap_skipped", 1)
    assert said.err.startswith("Nothing was started. Another slot of this job is running")


def test_a_paused_job_runs_no_new_one(declare):
    OUTCOMES["paused"][0](declare(schedule=None))
    assert outcome_of(manage("jobs_run", "nightly", "--new")) == "paused"
    assert not JobRun.objects.exists()


@pytest.mark.parametrize(
    ("schedule", "more", "said"),
    [
        (
            "0 3 * * *",
            [],
            "'nightly' has a schedule, which gives its slots: --force runs the present one again",
        ),
        (None, ["--run-date", "2026-11-20"], "--new is a slot of its own: leave out --run-date"),
        (None, ["--scheduled-at", "2026-11-20T03:00:00Z"], "--new is a slot of its own"),
        (None, ["--force"], "--new is a slot of its own"),
    ],
)
def test_new_is_refused_where_it_has_no_meaning(declare, schedule, more, said):
    declare(schedule=schedule)
    answer = manage("jobs_run", "nightly", "--new", *more)
    assert (answer.code, said in answer.err) == (1, True)
    assert not JobRun.objects.exists()


# -- --quiet ----------------------------------------------------------------------------------


@pytest.mark.parametrize("json", [[], ["--json"]])
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_quiet_prints_only_what_went_wrong(declare, toy, outcome, json):
    prepare, code = OUTCOMES[outcome]
    toy(lambda command, **options: None)
    prepare(declare())
    said = manage("jobs_run", "nightly", "--quiet", *json)
    assert said.code == code
    assert bool(said.out) == bool(code)
    assert (outcome in said.out) == bool(code)
