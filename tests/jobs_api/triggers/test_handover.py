"""Executors that break the rules: no claim is left behind, and only what was written counts as an end."""

from __future__ import annotations

import sys

import pytest
from django.db import connection

from jobs_api import executors
from jobs_api.exceptions import NoRoom, SubmitFailed
from jobs_api.models import JobRun, Reason, State
from jobs_api.runs.types import Ending
from jobs_api.triggers.handover import Broken

from .asking import trigger

pytestmark = pytest.mark.django_db(transaction=True)


class Foreign(executors.Executor):
    """One of a host's, which does with the lease what a test says."""

    def __init__(self, submit, **fields) -> None:
        self.submit = submit
        vars(self).update(fields)


@pytest.fixture
def foreign(monkeypatch):
    """``foreign(lambda job, lease: ..., in_request=True)`` takes all attempts from now on."""

    def use(submit, **fields):
        monkeypatch.setattr(executors, "load", lambda name: Foreign(submit, **fields))

    return use


def _leave_a_transaction_open(job, lease):
    connection.set_autocommit(False)
    JobRun.objects.count()


def test_a_transaction_that_it_leaves_open_hides_no_run(declare, foreign):
    foreign(_leave_a_transaction_open)
    assert trigger(declare()).outcome == "accepted"
    assert connection.get_autocommit()
    assert JobRun.objects.get().state == State.CLAIMED


def test_an_exit_leaves_no_claim_behind_and_ends_no_server(declare, foreign):
    foreign(lambda job, lease: sys.exit(3))
    with pytest.raises(Broken):
        trigger(declare())
    assert (JobRun.objects.get().state, JobRun.objects.get().reason) == (State.FAILED, Reason.SUBMIT_FAILED)


@pytest.mark.parametrize("text", ["a\0b", "/tmp/\udcff", "x" * 5000])
def test_a_refusal_is_stored_whatever_its_text_holds(declare, foreign, text):
    def refuse(job, lease):
        raise SubmitFailed(text)

    foreign(refuse)
    assert trigger(declare()).outcome == "submit_failed"
    run = JobRun.objects.get()
    assert (run.state, run.reason) == (State.FAILED, Reason.SUBMIT_FAILED)
    assert len(run.error) <= 1000


@pytest.mark.parametrize("ending", [Ending(State.SUCCEEDED), Ending(State.RUNNING), {"id": 1}, "done"])
def test_the_word_of_a_background_executor_is_no_end(declare, foreign, ending):
    foreign(lambda job, lease: ending)
    assert trigger(declare()).outcome == "accepted"
    assert JobRun.objects.get().state == State.CLAIMED


@pytest.mark.parametrize("ending", [None, Ending(State.RUNNING), "done"])
def test_one_that_runs_in_the_request_has_to_return_an_end(declare, foreign, ending):
    foreign(lambda job, lease: ending, in_request=True)
    with pytest.raises(Broken):
        trigger(declare(max_attempts=2))
    run = JobRun.objects.get()
    assert (run.state, run.reason, run.tries) == (State.FAILED, Reason.ERROR, 1)


def _no_room(job, lease):
    raise NoRoom


@pytest.mark.parametrize("full", [lambda: False, lambda: 1 / 0], ids=["says there is room", "raises"])
def test_where_it_has_no_room_after_all_the_run_waits(declare, foreign, full):
    foreign(_no_room, full=full)
    result = trigger(declare())
    assert (result.outcome, result.run.state) == ("accepted", State.QUEUED)
