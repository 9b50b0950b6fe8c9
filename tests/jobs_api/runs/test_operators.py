"""Cancelling: a queued run at once, a running one by asking its holder."""

from __future__ import annotations

import pytest

from jobs_api import runs
from jobs_api.clock import Moment
from jobs_api.exceptions import InFlight, LeaseLost, LostRace
from jobs_api.models import JobRun, Reason, State
from jobs_api.runs import sql
from jobs_api.runs.types import Trigger
from tests.conftest import NOON, stored_run

from .steps import claim, finish, later, read, row

pytestmark = pytest.mark.django_db


def test_a_queued_run_is_cancelled_at_once(declare):
    job = declare()
    runs.queue(job, [NOON], Trigger("backfill"), at=NOON, options={})

    assert runs.cancel(read(job), actor="ann", at=later(seconds=1)) is True

    run = read(job)
    assert (run.state, run.reason, run.finished_at) == (State.CANCELLED, Reason.CANCELLED, later(seconds=1))
    assert (run.next_attempt_at, run.note) == (None, "cancel requested by ann")


def test_the_holder_of_a_run_is_asked_to_stop_and_nothing_is_written_for_it(declare):
    job = declare()
    stored_run(job, state=State.RUNNING)

    assert runs.cancel(read(job), actor="", at=later(seconds=1)) is False

    run = read(job)
    assert (run.state, run.cancel_requested_at, run.note) == (
        State.RUNNING, later(seconds=1), "cancel requested",
    )  # fmt: skip
    assert run.held_job == job.name


def test_who_cancels_what_has_ended_is_told_how(declare):
    run = stored_run(declare(), state=State.SKIPPED)

    with pytest.raises(InFlight, match="has ended as skipped"):
        runs.cancel(run, actor="ann", at=NOON)


def test_a_command_that_finishes_although_it_was_asked_to_stop_is_what_it_is(declare):
    """Pain 18: what is written is what happened, not what was asked for."""
    job = declare()
    lease = claim(job)
    runs.cancel(read(job), actor="ann", at=NOON)

    finish(lease, job)

    assert read(job).state == State.SUCCEEDED


def test_the_holder_writes_cancelled(declare):
    job = declare()
    lease = claim(job)
    runs.cancel(read(job), actor="ann", at=NOON)

    finish(lease, job, reason=Reason.CANCELLED)

    run = read(job)
    assert (run.state, run.tries, run.next_attempt_at) == (State.CANCELLED, 0, None)


CHANGES = {
    "it began": (State.CLAIMED, {"state": State.RUNNING}),
    "it ended": (
        State.RUNNING,
        {"state": State.SUCCEEDED, "held_job": None, "lease_expires_at": None},
    ),
    "another attempt runs": (State.RUNNING, {"attempt": 2}),
    "it was claimed": (
        State.QUEUED,
        {"state": State.CLAIMED, "attempt": 1, "lease_expires_at": NOON},
    ),
}


@pytest.mark.parametrize(("state", "change"), CHANGES.values(), ids=CHANGES)
def test_a_cancel_that_comes_too_late_changes_nothing(declare, state, change):
    job = declare()
    seen = stored_run(job, state=state)
    JobRun.objects.update(**change)
    before = row(job)

    with pytest.raises(LostRace):
        runs.cancel(seen, actor="ann", at=NOON)

    assert row(job) == before


def test_what_was_asked_of_one_attempt_is_not_asked_of_the_next(declare):
    job = declare()
    lease = claim(job)
    runs.cancel(read(job), actor="ann", at=NOON)
    finish(lease, job, reason=Reason.ERROR)

    claim(job, read(job), rerun=True)

    assert read(job).cancel_requested_at is None


# -- once a cancel was asked ------------------------------------------------------------------

BAD = [Reason.ERROR, Reason.EXIT, Reason.TIMEOUT, Reason.INTERRUPTED, Reason.LOST, Reason.SUBMIT_FAILED]


@pytest.mark.parametrize("reason", BAD)
def test_a_run_that_fails_after_a_cancel_was_asked_is_cancelled_and_not_retried(declare, reason):
    job = declare()
    lease = claim(job)
    runs.cancel(read(job), actor="ann", at=NOON)

    ending = finish(lease, job, reason=reason)

    run = read(job)
    assert (run.state, run.reason, run.next_attempt_at) == (State.CANCELLED, Reason.CANCELLED, None)
    assert (run.held_job, run.lease_expires_at, run.tries) == (None, None, 0)
    assert (ending.state, ending.reason) == (run.state, run.reason)
    with pytest.raises(LostRace):
        claim(job, read(job))


def test_a_cancel_that_is_asked_during_the_write_of_a_failure_is_heard(declare, monkeypatch):
    """Whoever is first decides: the holder never writes what it has read a moment ago."""
    job = declare()
    lease = claim(job)
    update = sql.update_held

    def asked_just_before(*args, **named):
        monkeypatch.setattr(sql, "update_held", update)
        runs.cancel(read(job), actor="ann", at=NOON)
        return update(*args, **named)

    monkeypatch.setattr(sql, "update_held", asked_just_before)

    assert finish(lease, job, reason=Reason.ERROR).state == State.CANCELLED
    assert read(job).state == State.CANCELLED


def test_a_cancel_just_after_the_end_is_refused_and_the_retry_goes_on(declare):
    job = declare(retry_backoff=0)
    lease = claim(job)
    seen = read(job)
    finish(lease, job, reason=Reason.ERROR)

    with pytest.raises(LostRace):
        runs.cancel(seen, actor="ann", at=NOON)

    claim(job, read(job))


def test_a_cancelled_rerun_is_cancelled_and_the_attempt_before_stays_on_record(declare):
    job = declare()
    finish(claim(job), job)
    rerun = claim(job, read(job), rerun=True)
    runs.cancel(read(job), actor="ann", at=NOON)

    finish(rerun, job, reason=Reason.LOST)

    assert (read(job).state, read(job).attempt) == (State.CANCELLED, 2)
    assert [(one.attempt, one.state) for one in read(job).superseded.all()] == [(1, State.SUCCEEDED)]


def test_an_end_after_a_cancel_is_fenced_like_any_other(declare):
    job = declare()
    lease = claim(job)
    runs.cancel(read(job), actor="ann", at=NOON)
    runs.reap(moment=Moment.fixed(later(minutes=1)))
    claim(job, read(job), rerun=True)
    before = row(job)

    with pytest.raises(LeaseLost):
        finish(lease, job, reason=Reason.ERROR)

    assert row(job) == before
