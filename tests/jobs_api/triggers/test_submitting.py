"""Executors off the request: an attempt is claimed here and performed elsewhere, or not at all."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from django.db import connection
from django.utils import timezone

from jobs_api import executors, runs
from jobs_api.clock import Moment
from jobs_api.exceptions import LeaseLost, NoRoom, SubmitFailed
from jobs_api.models import JobAttempt, JobRun, Reason, State
from jobs_api.runs.types import Ending
from jobs_api.triggers.cancelling import cancel_run
from tests.conftest import NOON, stored_run

from .asking import later, trigger

pytestmark = pytest.mark.django_db(transaction=True)


class Courier(executors.Executor):
    """An executor that does with the lease what a test says."""

    def __init__(self, submit) -> None:
        self.submit = submit


@pytest.fixture
def courier(monkeypatch):
    """``courier(lambda job, lease: ...)`` is what takes all attempts from now on."""

    def use(submit):
        monkeypatch.setattr(executors, "load", lambda name: Courier(submit))

    return use


def _refuse(job, lease):
    raise SubmitFailed("the broker is away")


def test_an_attempt_that_was_handed_over_is_accepted_and_not_begun(declare, courier):
    """Pain 14: 202 and a status URL instead of a caller that waits in vain."""
    courier(lambda job, lease: None)

    result = trigger(declare())

    run = JobRun.objects.get()
    assert (result.outcome, result.run.state, result.run.id) == ("accepted", State.CLAIMED, run.pk)
    assert result.retry_after == 10
    assert run.lease_expires_at == later(hours=1)


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [(Ending(State.SUCCEEDED), "succeeded"), (Ending(State.FAILED, Reason.ERROR), "failed")],
)
def test_an_attempt_that_ends_elsewhere_in_time_is_answered_with_its_end(declare, courier, ending, outcome):
    def elsewhere(job, lease):
        def perform() -> None:
            runs.begin(lease, moment=Moment(timezone.now()))
            moment = Moment(timezone.now())
            runs.finish(lease, replace(ending, finished_at=moment.at), job, moment=moment)
            connection.close()

        threading.Thread(target=perform).start()

    courier(elsewhere)
    result = trigger(declare(), now=None, wait_own=10)
    assert (result.outcome, result.run.state, result.run.attempt) == (outcome, ending.state, 1)


def test_the_duplicate_of_an_attempt_that_waits_in_a_queue_starts_nothing(declare, courier):
    job = declare()
    submitted = []
    courier(lambda job, lease: submitted.append(lease))
    trigger(job)

    result = trigger(job, now=later(minutes=59))

    assert (result.outcome, len(submitted)) == ("already_running", 1)


def test_an_attempt_that_nobody_took_from_the_queue_is_claimed_again_and_cost_no_try(declare, courier):
    """Pain 16: a broker that lost the message has not lost the run."""
    job = declare()
    courier(lambda job, lease: None)
    trigger(job)

    result = trigger(job, now=later(hours=2))

    run = JobRun.objects.get()
    assert (result.outcome, run.attempt, run.tries) == ("accepted", 2, 0)
    assert JobAttempt.objects.get().reason == Reason.LOST


def test_a_late_delivery_of_a_superseded_attempt_does_not_begin(declare, courier):
    """Pain 4: the first message comes in the end, too."""
    job = declare()
    leases = []
    courier(lambda job, lease: leases.append(lease))
    trigger(job)
    trigger(job, now=later(hours=2))

    with pytest.raises(LeaseLost):
        runs.begin(leases[0], moment=Moment.fixed(later(hours=2)))
    runs.begin(leases[1], moment=Moment.fixed(later(hours=2)))

    assert JobRun.objects.get().state == State.RUNNING


def test_an_executor_that_breaks_leaves_no_claim_behind_and_is_no_success(declare, courier):
    """Pain 18: the caller gets the failure, the next one may claim at once."""

    def breaks(job, lease):
        raise ZeroDivisionError

    courier(breaks)

    with pytest.raises(ZeroDivisionError):
        trigger(declare())

    run = JobRun.objects.get()
    assert (run.state, run.reason, run.tries, run.held_job) == (State.FAILED, "submit_failed", 0, None)
    assert run.error == "The executor broke; the server's log has more."


def test_a_failed_submit_is_in_the_log_with_its_cause(declare, courier, caplog):
    courier(_refuse)
    trigger(declare())

    assert "of nightly could not be submitted: the broker is away" in caplog.text


def test_an_attempt_that_cannot_be_submitted_is_closed_and_costs_no_try(declare, courier):
    job = declare(max_attempts=1)
    courier(_refuse)

    result = trigger(job)

    run = JobRun.objects.get()
    assert (result.outcome, result.run.reason, result.retry_after) == (
        "submit_failed", Reason.SUBMIT_FAILED, 10,
    )  # fmt: skip
    assert (run.state, run.tries, run.held_job, run.error) == (State.FAILED, 0, None, "the broker is away")


def test_an_attempt_that_has_begun_although_its_submit_failed_goes_on(declare, courier):
    """Pain 4: a broker takes the message and dies before it says so; a worker has it already."""
    job = declare()

    def taken_and_refused(job, lease):
        runs.begin(lease, moment=Moment(timezone.now()))
        raise SubmitFailed("the broker is away")

    courier(taken_and_refused)
    result = trigger(job, now=None)

    assert (result.outcome, result.run.state, result.run.attempt) == ("already_running", State.RUNNING, 1)


def test_the_retry_of_a_failed_submit_may_claim_at_once(declare, courier):
    job = declare(max_attempts=1, retry_backoff=600)
    courier(_refuse)
    trigger(job, now=None)
    courier(lambda job, lease: None)

    result = trigger(job, now=None)

    assert (result.outcome, result.run.attempt) == ("accepted", 2)


def test_a_trigger_whose_lease_another_took_over_answers_already_running(declare, courier):
    job = declare()

    def overtaken(job, lease):
        JobRun.objects.update(attempt=2, lease_expires_at=later(minutes=5))
        raise LeaseLost

    courier(overtaken)

    result = trigger(job)

    assert (result.outcome, result.run.attempt) == ("already_running", 2)


def test_an_attempt_that_is_cancelled_before_it_can_wait_for_room_is_answered_cancelled(declare, courier):
    def cancelled_meanwhile(job, lease):
        cancel_run(JobRun.objects.get(), actor="ann", reason="")
        raise NoRoom

    courier(cancelled_meanwhile)

    result = trigger(declare(), now=None)

    assert (result.outcome, JobRun.objects.get().state) == ("cancelled", State.CANCELLED)


@pytest.mark.parametrize(("ordered_by", "state"), [("http", State.FAILED), ("backfill", State.QUEUED)])
def test_a_trigger_closes_the_queued_run_that_it_finds_too_old_unless_it_was_ordered(
    declare, ordered_by, state
):
    """Pain 7: or its status would be 202 until the next run-due."""
    job = declare(expires=3600)
    stored_run(job, state=State.QUEUED, next_attempt_at=NOON, trigger=ordered_by)

    result = trigger(job, now=later(hours=2))

    assert (result.outcome, result.run.state) == ("expired", state)


def test_an_exclusive_job_is_held_while_it_waits_in_a_queue(declare, courier):
    """Pain 5: overlap counts from the claim, not from when a worker is free."""
    job = declare()
    courier(lambda job, lease: None)
    trigger(job)

    assert trigger(job, run_date=later(days=-1), now=later(minutes=5)).outcome == "overlap_skipped"
    assert JobRun.objects.get(run_date=NOON).held_job == job.name
