"""Attempts that are handed back, and jobs_rerun: a slot runs again."""

import signal
import sys
from datetime import timedelta

import pytest
from django.utils import timezone
from pydantic import BaseModel

from jobs_api import registry
from jobs_api.management import base
from jobs_api.models import JobRun
from jobs_api.runs import job_state
from tests.conftest import NOON, stored_run
from tests.jobs_api.execution.attempts import elsewhere

from .calling import manage, now_slot, outcome_of

pytestmark = pytest.mark.django_db


class Params(BaseModel):
    say: str = "nothing"


def hosts_handler(number, frame):
    """As the host had it before the command came."""


@pytest.mark.parametrize("name", ["jobs_run nightly", "jobs_rerun RUN", "jobs_run_due"])
def test_sigterm_hands_the_attempt_back(declare, toy, name):
    job = declare()
    job_state.know_all(at=NOON.replace(year=2020))
    run = stored_run(job, now_slot(job), state="failed", tries=1, next_attempt_at=NOON.replace(year=2020))
    toy(lambda command, **options: signal.raise_signal(signal.SIGTERM))
    before = signal.signal(signal.SIGTERM, hosts_handler)
    said = manage(*name.replace("RUN", str(run.pk)).split())
    assert signal.signal(signal.SIGTERM, before) is hosts_handler
    assert said.code == 130
    assert said.err == "CommandError: Interrupted; what ran in this process was handed back."
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
    monkeypatch.setattr(base, "user", lambda: "ops")
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
    run = stored_run(job, now_slot(job), state="running", lease_expires_at=timezone.now() + timedelta(days=1))
    said = manage("jobs_rerun", run.pk)
    assert (outcome_of(said), said.code) == ("already_running", 1)
    assert JobRun.objects.get().attempt == 1


def test_a_run_whose_job_is_gone_cannot_be_rerun(declare):
    run = stored_run(declare("gone"))
    registry.fill([declare("nightly")])
    said = manage("jobs_rerun", run.pk)
    assert (said.code, said.err) == (1, "CommandError: There is no job 'gone'. There are: nightly.")
