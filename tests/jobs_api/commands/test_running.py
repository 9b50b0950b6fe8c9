"""jobs_run, jobs_rerun and jobs_run_due: the path of every trigger, with exit codes for a crontab."""

import signal
import sys
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pydantic import BaseModel

from jobs_api import cli, current_run, dispatch, registry, states
from jobs_api.models import JobRun, JobState
from jobs_api.slots import current_slot
from tests.conftest import NOON, stored_run
from tests.jobs_api.execution.attempts import clock_that_sleeps_by, elsewhere, raising

from .calling import manage

pytestmark = pytest.mark.django_db


class Params(BaseModel):
    say: str = "nothing"


def now_slot(job):
    return current_slot(job.slots, timezone.now())


def outcome_of(said):
    return said.lines[1].split()[0]


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
    "paused": (lambda job: states.pause(job, actor="", comment="", at=timezone.now()), 0),
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
    monkeypatch.setattr(cli, "user", lambda: "ops")
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
    assert (said.code, said.err[:25]) == (1, "CommandError: `run_date`:")
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
    monkeypatch.setattr(dispatch, "POLL_SECONDS", 0.01)
    job = declare()
    run = stored_run(job, now_slot(job), state="running", lease_expires_at=LATER)
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        ended = {"state": "succeeded", "held_job": None, "lease_expires_at": None}
        elsewhere(lambda: JobRun.objects.filter(pk=run.pk).update(**ended))

    monkeypatch.setattr(dispatch, "time", clock_that_sleeps_by(sleep))
    assert outcome_of(manage("jobs_run", "nightly", "--wait", "5")) == "already_succeeded"
    assert slept == [0.01]


# -- stopped ----------------------------------------------------------------------------------


def hosts_handler(number, frame):
    """As the host had it before the command came."""


@pytest.mark.parametrize("name", ["jobs_run nightly", "jobs_rerun RUN", "jobs_run_due"])
def test_sigterm_hands_the_attempt_back(declare, toy, name):
    job = declare()
    states.know_all(at=NOON.replace(year=2020))
    run = stored_run(job, now_slot(job), state="failed", tries=1, next_attempt_at=NOON.replace(year=2020))
    toy(lambda command, **options: signal.raise_signal(signal.SIGTERM))
    before = signal.signal(signal.SIGTERM, hosts_handler)
    said = manage(*name.replace("RUN", str(run.pk)).split())
    assert signal.signal(signal.SIGTERM, before) is hosts_handler
    assert (said.code, said.err) == (130, "CommandError: Interrupted; the attempt was handed back.")
    run.refresh_from_db()
    assert (run.state, run.reason, run.attempt) == ("failed", "interrupted", 2)
    assert run.tries == (0 if "rerun" in name else 1)


@pytest.mark.django_db(transaction=True)
def test_it_can_be_called_from_a_thread_where_signals_cannot_be_handled(declare, toy):
    toy(lambda command, **options: None)
    declare()
    assert elsewhere(lambda: manage("jobs_run", "nightly")).code == 0


# -- jobs_rerun -------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["succeeded", "failed", "cancelled", "skipped"])
def test_a_rerun_leaves_any_end_and_is_on_record(declare, toy, monkeypatch, state):
    monkeypatch.setattr(cli, "user", lambda: "ops")
    toy(lambda command, **options: None)
    run = stored_run(declare(), now_slot(declare()), state=state, tries=3)
    said = manage("jobs_rerun", run.pk, "--reason", "mended")
    assert (outcome_of(said), said.code) == ("succeeded", 0)
    run.refresh_from_db()
    assert (run.state, run.tries, run.trigger, run.actor, run.comment) == (
        "succeeded",
        0,
        "rerun",
        "ops",
        "mended",
    )


@pytest.mark.parametrize(("given", "used"), [([], "first"), (["--options", '{"say": "second"}'], "second")])
def test_a_rerun_has_the_options_of_the_run_unless_others_are_given(declare, toy, given, used):
    seen = []
    toy(lambda command, **options: seen.append(options["say"]))
    job = declare(params=Params)
    run = stored_run(job, now_slot(job), options={"say": "first"})
    manage("jobs_rerun", run.pk, *given)
    run.refresh_from_db()
    assert (seen, run.options) == ([used], {"say": used})


def test_a_rerun_that_fails_is_exit_status_1(declare, toy):
    toy(lambda command, **options: sys.exit(2))
    job = declare()
    said = manage("jobs_rerun", stored_run(job, now_slot(job)).pk)
    assert (outcome_of(said), said.code) == ("failed", 1)


def test_a_run_in_flight_is_not_rerun(declare):
    job = declare()
    run = stored_run(job, now_slot(job), state="running", lease_expires_at=LATER)
    said = manage("jobs_rerun", run.pk)
    assert (outcome_of(said), said.code) == ("already_running", 1)
    assert JobRun.objects.get().attempt == 1


def test_a_run_whose_job_is_gone_cannot_be_rerun(declare):
    run = stored_run(declare("gone"))
    registry.fill([declare("nightly")])
    said = manage("jobs_rerun", run.pk)
    assert (said.code, said.err) == (1, "CommandError: There is no job 'gone'. There are: nightly.")


# -- jobs_run_due -----------------------------------------------------------------------------


@pytest.fixture
def three_due(declare, toy):
    """Three jobs of which one fails; the oldest slot is that of `a`."""
    jobs = [declare("a", schedule="0 0 * * *"), declare("b", schedule="5 0 * * *", max_attempts=1)]
    jobs.append(declare("c", schedule="10 0 * * *"))
    states.know_all(at=NOON.replace(year=2020))
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
    states.know_all(at=NOON.replace(year=2020))
    stored_run(job, now_slot(job), state="running", lease_expires_at=NOON.replace(year=2020))
    assert [line["job"] for line in manage("jobs_run_due", "--dry-run", "--json").json()] == ["nightly"]
    assert outcome_of(manage("jobs_run_due")) == "succeeded"
    assert JobRun.objects.get().attempt == 2


def test_run_due_makes_new_jobs_known(declare):
    declare()
    manage("jobs_run_due")
    assert JobState.objects.filter(job_name="nightly").exists()
    assert not JobRun.objects.exists()
