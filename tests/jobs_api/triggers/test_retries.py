"""Recorded runs that are tried again by run-due, whatever the job's catch-up policy says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs_api import registry
from jobs_api.models import JobAttempt, JobRun, Reason, State
from tests.conftest import NOON, stored_run

from .waiting import known, later, run_due, wanted

pytestmark = pytest.mark.django_db

RETRYABLE = {
    "failed": {"state": State.FAILED, "tries": 1, "next_attempt_at": NOON},
    "lost, not reaped": {"state": State.RUNNING, "lease_expires_at": later(seconds=-1)},
    "lost in a queue": {"state": State.CLAIMED, "lease_expires_at": later(seconds=-1)},
    "lost": {"state": State.FAILED, "reason": Reason.LOST, "tries": 1, "next_attempt_at": NOON},
    "interrupted": {"state": State.FAILED, "reason": Reason.INTERRUPTED, "next_attempt_at": NOON},
    "queued": {"state": State.QUEUED, "next_attempt_at": NOON},
}
LEFT_ALONE = {
    "backing off": {"state": State.FAILED, "tries": 1, "next_attempt_at": later(seconds=1)},
    "tries used up": {"state": State.FAILED, "tries": 3},
    "fewer tries allowed than before": {"state": State.FAILED, "tries": 3, "next_attempt_at": NOON},
    "running": {"state": State.RUNNING, "lease_expires_at": later(seconds=1)},
    "in a queue": {"state": State.CLAIMED, "lease_expires_at": later(seconds=1)},
    "succeeded": {"state": State.SUCCEEDED},
    "cancelled": {"state": State.CANCELLED},
    "skipped": {"state": State.SKIPPED},
}


@pytest.mark.parametrize("schedule", ["0 11 * * *", None], ids=["scheduled", "on demand"])
@pytest.mark.parametrize("catch_up", ["latest", "all", "none"])
@pytest.mark.parametrize("run", RETRYABLE.values(), ids=RETRYABLE)
def test_a_recorded_run_is_tried_again_whatever_catch_up_says(declare, run, catch_up, schedule):
    """Pain 7: what a dead process left behind is picked up without anybody's doing."""
    job = known(declare(schedule=schedule, catch_up=catch_up, catch_up_window=60))
    stored_run(job, later(hours=-1), **run)

    assert wanted() == [(job.name, later(hours=-1))]


@pytest.mark.parametrize("run", LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_what_is_not_to_be_tried_is_left_alone(declare, run):
    job = known(declare(schedule=None))
    stored_run(job, later(hours=-1), **run)

    assert wanted() == []
    assert run_due().results == []


@pytest.mark.parametrize("run", RETRYABLE.values(), ids=RETRYABLE)
def test_nothing_is_tried_again_that_is_too_old(declare, run):
    """Pain 9: too old is what the declaration says."""
    job = known(declare(schedule=None, expires=1800))
    stored_run(job, later(hours=-1), **run)

    assert wanted() == []


def test_a_lost_run_that_is_too_old_to_start_again_is_closed_all_the_same(declare):
    """Pain 7: it does not say running for ever, and it blocks nothing."""
    job = known(declare(schedule=None, expires=1800))
    stored_run(job, later(hours=-1), state=State.RUNNING)

    assert run_due().results == []

    run = JobRun.objects.get()
    assert (run.state, run.reason, run.held_job) == (State.FAILED, Reason.LOST, None)


def test_the_run_of_a_job_that_is_not_declared_any_more_is_left_alone(declare):
    job = known(declare(schedule=None))
    stored_run(job, state=State.FAILED, next_attempt_at=NOON)
    registry.fill([])

    assert wanted() == []


def test_a_lost_run_is_recovered_by_run_due_and_the_record_tells_both(declare):
    """Pain 7: crashed, picked up, and on record."""
    job = known(declare(schedule="0 12 * * *"))
    stored_run(job, state=State.RUNNING)

    report = run_due(later(minutes=5))

    run = JobRun.objects.get()
    assert report.counts == {"succeeded": 1}
    assert (run.attempt, run.trigger, run.source) == (2, "run_due", "cron-job.org")
    assert JobAttempt.objects.get().reason == Reason.LOST


def test_a_lost_slot_and_the_one_due_after_it_are_both_started(declare):
    job = known(declare(schedule="0 * * * *"))
    stored_run(job, later(hours=-1), state=State.RUNNING)

    assert [run_date for _, run_date in wanted()] == [later(hours=-1), NOON]
    assert run_due().counts == {"succeeded": 2}


def test_a_run_that_keeps_failing_ends_with_its_tries(declare, toy):
    def boom(command, **options):
        raise ValueError("boom")

    toy(boom)
    job = known(declare(schedule=None, max_attempts=2, retry_backoff=0))
    recent = timezone.now() - timedelta(minutes=5)
    stored_run(job, recent, state=State.FAILED, tries=0, next_attempt_at=recent)

    counts = [run_due(now=None).counts for _ in range(3)]

    assert counts == [{"failed": 1}, {"failed": 1}, {}]
