"""What a trigger's answer says of the run, and what its attempt leaves on record."""

from __future__ import annotations

import sys

import pytest

from jobs_api.models import JobAttempt, JobDeclaration, JobRun, Reason, State
from jobs_api.runs import pausing, readers
from jobs_api.runs.types import Trigger
from tests.conftest import NOON, stored_run

from .asking import later, trigger

pytestmark = pytest.mark.django_db(transaction=True)


def _raise(error: BaseException):
    def behave(command, **options):
        raise error

    return behave


ENDS = [
    (ValueError("boom"), "failed", Reason.ERROR),
    (SystemExit(3), "failed", Reason.EXIT),
    (SystemExit(0), "succeeded", ""),
]


@pytest.mark.parametrize(("error", "outcome", "reason"), ENDS, ids=["raises", "exits 3", "exits 0"])
def test_the_outcome_of_an_attempt_is_how_its_command_ended(declare, toy, error, outcome, reason):
    """Pain 18: a failure is not reported as a success."""
    toy(_raise(error))

    result = trigger(declare())

    run = JobRun.objects.get()
    assert (result.outcome, result.run.reason) == (outcome, reason)
    assert (run.state, run.reason) == (result.run.state, result.run.reason)
    assert result.run.finished_at == run.finished_at


def test_a_failed_slot_is_answered_with_the_seconds_until_it_may_be_tried_again(declare):
    job = declare()
    stored_run(job, state=State.FAILED, tries=1, next_attempt_at=later(seconds=90))

    assert trigger(job, now=later(seconds=29.5)).retry_after == 61
    assert trigger(job, now=later(seconds=89.9)).retry_after == 1
    assert trigger(job, now=later(seconds=90)).outcome == "succeeded"


def test_back_off_follows_the_clock_of_the_database(declare, toy):
    job = declare(retry_backoff=3600)
    toy(_raise(ValueError("boom")))
    assert trigger(job, now=None).outcome == "failed"

    result = trigger(job, now=None)

    assert (result.outcome, 3500 < result.retry_after <= 3600) == ("retry_later", True)


def test_a_run_is_tried_until_its_tries_are_used_up(declare, toy):
    job = declare(retry_backoff=0, max_attempts=3)
    toy(_raise(ValueError("boom")))

    outcomes = [trigger(job, now=None).outcome for _ in range(5)]

    assert outcomes == ["failed"] * 3 + ["attempts_exhausted"] * 2
    assert JobAttempt.objects.count() == 2


def test_the_retry_of_a_slot_whose_holder_died_succeeds_and_the_record_tells_both(declare):
    """Pain 7: no row says running for ever; the next trigger takes the slot over."""
    job = declare()
    stored_run(job, state=State.RUNNING, trigger="http", source="vercel")

    result = trigger(job, now=later(minutes=5), by=Trigger("http", "cron-job.org"))

    [lost] = JobAttempt.objects.all()
    run = JobRun.objects.get()
    assert (lost.attempt, lost.state, lost.reason, lost.source) == (1, State.FAILED, Reason.LOST, "vercel")
    assert lost.finished_at == later(minutes=5)
    assert (result.outcome, run.attempt, run.tries, run.source) == ("succeeded", 2, 1, "cron-job.org")


def test_a_lost_run_is_shown_as_lost_before_anybody_has_reaped_it(declare):
    """Pain 7: what is read is the truth, whether or not a reaper has come by."""
    job = declare(schedule="0 12 * * *")
    stored_run(job, state=State.RUNNING)
    pausing.pause(job, actor="ann", comment="", at=NOON)

    result = trigger(job, now=later(minutes=5))

    assert (result.run.state, result.run.reason) == (State.FAILED, Reason.LOST)
    [shown] = readers.shown(JobRun.objects.all(), later(minutes=5))
    assert (shown.lease_over, readers.state_of(shown)) == (True, (State.FAILED, Reason.LOST))


def test_the_expired_holder_of_another_slot_does_not_block_an_exclusive_job(declare):
    """Pain 6: a lock that outlives its process. Pain 8: nothing on disk decides."""
    job = declare()
    stored_run(job, later(days=-1), state=State.RUNNING)

    result = trigger(job)

    yesterday = JobRun.objects.get(run_date=later(days=-1))
    assert result.outcome == "succeeded"
    assert (yesterday.state, yesterday.reason, yesterday.held_job) == (State.FAILED, Reason.LOST, None)


def test_a_skip_is_recorded_and_a_later_trigger_may_still_claim_the_slot(declare):
    """Pain 5: the overlap is visible, not silent."""
    job = declare()
    stored_run(job, later(days=-1), state=State.RUNNING, lease_expires_at=later(hours=1))

    first = trigger(job, by=Trigger("http", "vercel"))
    run = JobRun.objects.get(run_date=NOON)
    assert (first.outcome, first.run.state, run.source) == ("overlap_skipped", State.SKIPPED, "vercel")

    JobRun.objects.exclude(pk=run.pk).update(state=State.SUCCEEDED, held_job=None, lease_expires_at=None)
    assert trigger(job).outcome == "succeeded"


def test_slots_of_a_job_that_may_overlap_do_not_wait_for_each_other(declare):
    job = declare(overlap="allow")
    stored_run(job, later(days=-1), state=State.RUNNING, lease_expires_at=later(hours=1))

    assert trigger(job).outcome == "succeeded"


def test_the_options_of_the_trigger_that_made_the_run_are_used_by_all_its_attempts(declare, toy):
    job = declare(retry_backoff=0)
    toy(_raise(ValueError("boom")))
    trigger(job, options={"days": 7}, now=None)
    trigger(job, options={"days": 1}, now=None)

    assert JobRun.objects.get().options == {"days": 7}


def test_the_first_claim_makes_the_job_known_and_a_refusal_does_not(declare):
    job = declare()
    pausing.pause(job, actor="ann", comment="", at=NOON)
    trigger(job)
    assert not JobDeclaration.objects.exists()
    pausing.resume(job, actor="", comment="", at=NOON)

    trigger(job, now=later(minutes=1))

    assert JobDeclaration.objects.get(job_name="nightly").since == later(minutes=1)


def test_a_command_that_ends_with_a_message_for_the_interpreter_has_failed(declare, toy):
    toy(lambda command, **options: sys.exit("no such customer"))

    result = trigger(declare())

    assert (result.outcome, result.run.reason) == ("failed", Reason.EXIT)
    assert b"no such customer" in bytes(JobRun.objects.get().output_head)
