"""Parking, abandoning, cancelling: what may become of a claimed attempt that has not begun."""

from __future__ import annotations

import pytest

from jobs_api import runs
from jobs_api.clock import Moment
from jobs_api.exceptions import LeaseLost
from jobs_api.models import JobAttempt, Reason, State
from tests.conftest import NOON

from .steps import claim, finish, later, read

pytestmark = pytest.mark.django_db


def test_an_attempt_without_room_waits_as_queued_and_holds_nothing(declare):
    job = declare()

    runs.park(claim(job, begin=False), moment=Moment.fixed(NOON))

    run = read(job)
    assert (run.state, run.attempt, run.next_attempt_at) == (State.QUEUED, 1, NOON)
    assert (run.held_job, run.lease_expires_at, run.holder, run.claimed_at) == (None, None, "", None)


def test_a_parked_attempt_is_claimed_under_its_own_number(declare):
    """It was given to nobody, so there is nobody to fence off, and nothing to put on record."""
    job = declare()
    runs.park(claim(job, begin=False), moment=Moment.fixed(NOON))

    lease = claim(job, read(job), begin=False)

    assert (lease.attempt, read(job).attempt, JobAttempt.objects.count()) == (1, 1, 0)


def test_a_parked_retry_keeps_the_record_of_the_attempt_before(declare):
    job = declare()
    finish(claim(job), job, reason=Reason.ERROR)

    runs.park(claim(job, read(job), begin=False), moment=Moment.fixed(NOON))
    lease = claim(job, read(job), begin=False, rerun=True)

    assert (lease.attempt, JobAttempt.objects.get().reason) == (2, Reason.ERROR)


def test_an_abandoned_attempt_costs_no_try_and_may_be_claimed_at_once(declare):
    job = declare(max_attempts=1)
    lease = claim(job, begin=False)

    assert runs.abandon(lease, "It would not start.", moment=Moment.fixed(later(seconds=1)))

    run = read(job)
    assert (run.state, run.reason, run.error) == (State.FAILED, "submit_failed", "It would not start.")
    assert (run.tries, run.held_job, run.next_attempt_at) == (0, None, later(seconds=1))
    assert run.finished_at == later(seconds=1)


def test_a_claimed_attempt_that_is_cancelled_cannot_begin(declare):
    job = declare()
    lease = claim(job, begin=False)

    assert runs.cancel(read(job), actor="ann", at=NOON) is True

    with pytest.raises(LeaseLost):
        runs.begin(lease, moment=Moment.fixed(NOON))
    run = read(job)
    assert (run.state, run.reason, run.held_job) == (State.CANCELLED, Reason.CANCELLED, None)


def test_the_record_names_the_process_that_began_and_not_the_one_that_claimed(declare):
    job = declare()
    lease = claim(job, begin=False)
    run = read(job)
    type(run).objects.update(holder="web:1")

    runs.begin(lease, moment=Moment.fixed(NOON))

    assert read(job).holder == runs.holder()
