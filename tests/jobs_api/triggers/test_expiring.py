"""Queued runs that became too old while they waited: closed, unless an operator ordered them."""

from __future__ import annotations

import pytest

from jobs_api import executors
from jobs_api.models import JobRun, Reason, State
from jobs_api.runs import pausing
from jobs_api.triggers import due
from tests.conftest import NOON, stored_run

from .waiting import known, later, run_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def started(monkeypatch):
    """The slots that an executor with room for all was given."""
    taken = []
    host = executors.Executor()
    host.submit = lambda job, lease: taken.append((job.name, lease.run_date))
    monkeypatch.setattr(executors, "load", lambda name: host)
    return taken


@pytest.fixture
def job(declare):
    return known(declare(schedule=None, overlap="allow", expires=3600))


def queued(job, run_date, trigger="http", **fields):
    return stored_run(job, run_date, state=State.QUEUED, next_attempt_at=run_date, trigger=trigger, **fields)


def by_run_due():
    run_due()


def by_the_next_end():
    due.start_waiting("inline", now=NOON)


both = pytest.mark.parametrize("look", [by_run_due, by_the_next_end])


@both
def test_one_that_is_too_old_is_closed_and_not_started(job, started, look):
    """Pain 7: it is in flight no more. Pain 18: nor does it look as if all were well."""
    run = queued(job, later(hours=-2), attempt=1)

    look()

    run.refresh_from_db()
    assert (run.state, run.reason, run.next_attempt_at) == (State.FAILED, Reason.SUBMIT_FAILED, None)
    assert (run.error, run.tries, started) == ("It expired while it waited for room.", 0, [])


@both
def test_one_that_is_not_too_old_is_started(job, started, look):
    queued(job, later(hours=-2))
    queued(job, later(hours=-1))

    look()

    assert started == [("nightly", later(hours=-1))]


@both
@pytest.mark.parametrize("trigger", ["backfill", "rerun"])
def test_what_an_operator_ordered_does_not_expire(job, started, look, trigger):
    queued(job, later(hours=-2), trigger)

    look()

    assert started == [("nightly", later(hours=-2))]


@both
def test_one_of_a_paused_job_expires_too(job, started, look):
    pausing.pause(job, actor="ann", comment="", at=NOON)
    queued(job, later(hours=-2))

    look()

    assert (JobRun.objects.get().state, started) == (State.FAILED, [])


def test_a_caller_that_may_not_start_the_job_closes_nothing(job):
    queued(job, later(hours=-2))

    run_due(allowed=lambda name: False)

    assert JobRun.objects.get().state == State.QUEUED


def test_however_many_are_too_old_or_held_up_those_behind_them_start(declare, job, started, monkeypatch):
    monkeypatch.setattr(due, "PAGE", 2)
    paused = declare("paused", overlap="allow")
    pausing.pause(paused, actor="ann", comment="", at=NOON)
    for minutes in range(5):
        queued(job, later(hours=-3, minutes=minutes))
        queued(paused, later(hours=-2, minutes=minutes), attempt=1)
    for minutes in range(3):
        stored_run(
            job, later(minutes=-minutes), state=State.QUEUED, next_attempt_at=NOON, trigger="http"
        )  # of one instant: a page ends among them

    by_the_next_end()

    assert started == [("nightly", later(minutes=-minutes)) for minutes in range(3)]
    assert JobRun.objects.filter(state=State.QUEUED).count() == 5
