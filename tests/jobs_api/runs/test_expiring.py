"""Expiring: what becomes of a queued run that is too old to be started."""

from __future__ import annotations

import pytest

from jobs_api import runs
from jobs_api.clock import Moment
from jobs_api.models import JobAttempt, Reason, State
from tests.conftest import NOON, stored_run

from .steps import claim, finish, later, read

pytestmark = pytest.mark.django_db


def test_a_queued_run_that_expires_costs_no_try_and_is_not_due_again(declare):
    job = declare(max_attempts=1)
    runs.park(claim(job, begin=False), moment=Moment.fixed(NOON))

    assert runs.expire(read(job), at=later(hours=1))

    run = read(job)
    assert (run.state, run.reason, run.tries) == (State.FAILED, Reason.SUBMIT_FAILED, 0)
    assert (run.next_attempt_at, run.finished_at) == (None, later(hours=1))


def test_a_retry_that_expires_keeps_the_record_of_the_attempt_before(declare):
    job = declare()
    finish(claim(job), job, reason=Reason.ERROR)
    runs.park(claim(job, read(job), begin=False), moment=Moment.fixed(NOON))

    runs.expire(read(job), at=later(hours=1))

    assert (read(job).attempt, read(job).tries, JobAttempt.objects.get().reason) == (2, 1, Reason.ERROR)


def test_an_operator_may_rerun_what_expired_and_its_record_stays(declare):
    job = declare()
    runs.park(claim(job, begin=False), moment=Moment.fixed(NOON))
    runs.expire(read(job), at=later(hours=1))

    lease = claim(job, read(job), rerun=True)

    assert (lease.attempt, JobAttempt.objects.get().reason) == (2, Reason.SUBMIT_FAILED)


@pytest.mark.parametrize("trigger", ["backfill", "rerun"])
def test_what_an_operator_ordered_does_not_expire(declare, trigger):
    job = declare()
    run = stored_run(job, state=State.QUEUED, trigger=trigger, next_attempt_at=NOON)

    assert not runs.expire(run, at=NOON)

    assert read(job).state == State.QUEUED


def test_a_run_that_waits_for_another_attempt_by_now_does_not_expire(declare):
    job = declare()
    runs.park(claim(job, begin=False), moment=Moment.fixed(NOON))
    seen = read(job)
    finish(claim(job, seen), job, reason=Reason.INTERRUPTED)
    runs.park(claim(job, read(job), begin=False), moment=Moment.fixed(NOON))

    assert not runs.expire(seen, at=NOON)

    assert read(job).state == State.QUEUED
