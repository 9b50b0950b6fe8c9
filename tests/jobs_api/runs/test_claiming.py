"""Claiming: which states may be left, and what becomes of the attempt before."""

from __future__ import annotations

import pytest
from django.db import transaction

from jobs_api import clock, runs
from jobs_api.clock import Moment
from jobs_api.exceptions import LostRace
from jobs_api.models import JobAttempt, JobRun, Reason, State
from jobs_api.runs.types import Claim, Trigger
from tests.conftest import NOON, stored_run

from .steps import LEASE, claim, finish, later, read, row

pytestmark = pytest.mark.django_db

CLAIMABLE = (State.QUEUED, State.SKIPPED, State.FAILED)
RERUNNABLE = (*CLAIMABLE, State.SUCCEEDED, State.CANCELLED)


@pytest.mark.parametrize("begin", [True, False])
@pytest.mark.parametrize("state", CLAIMABLE)
def test_a_claimable_run_is_claimed(declare, state, begin):
    job = declare()
    seen = stored_run(job, state=state, attempt=0 if state == State.QUEUED else 4, tries=1)

    lease = claim(job, seen, begin=begin)

    run = read(job)
    assert (lease.attempt, lease.tries) == (run.attempt, run.tries) == (seen.attempt + 1, 1)
    assert run.state == (State.RUNNING if begin else State.CLAIMED)


def test_a_failed_run_whose_tries_are_used_up_is_not_claimed(declare):
    job = declare(max_attempts=2)
    seen = stored_run(job, state=State.FAILED, tries=2)

    with pytest.raises(LostRace):
        claim(job, seen)


@pytest.mark.parametrize("state", RERUNNABLE)
def test_a_rerun_leaves_any_end_and_counts_its_tries_anew(declare, state):
    """Pain 25: rerun, and the attempts before it stay on record."""
    job = declare(max_attempts=2)
    seen = stored_run(job, state=state, attempt=0 if state == State.QUEUED else 7, tries=2)

    lease = claim(job, seen, rerun=True)

    run = read(job)
    assert (lease.attempt, lease.tries) == (run.attempt, run.tries) == (seen.attempt + 1, 0)


CHANGES = {
    "a later attempt has failed": {"attempt": 2},
    "it is running": {"state": State.RUNNING, "lease_expires_at": NOON + LEASE},
    "it has succeeded": {"state": State.SUCCEEDED},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("rerun", [False, True])
def test_a_claim_fails_if_the_row_is_not_as_it_was_seen(declare, change, rerun):
    job = declare()
    seen = stored_run(job, state=State.FAILED, tries=1)
    JobRun.objects.update(**change)
    before = row(job)

    with pytest.raises(LostRace):
        claim(job, seen, rerun=rerun)

    assert row(job) == before


def test_two_claims_of_one_new_slot_are_decided_by_the_constraint(declare):
    """Pain 3: any number of triggers, one run."""
    job = declare()
    claim(job)

    with pytest.raises(LostRace):
        claim(job)

    assert JobRun.objects.count() == 1


def test_a_run_that_was_pruned_meanwhile_is_a_lost_race(declare):
    job = declare()
    seen = stored_run(job, state=State.FAILED)
    JobRun.objects.all().delete()

    with pytest.raises(LostRace):
        claim(job, seen)


def test_a_claim_records_what_triggered_it_and_until_when_it_holds(declare):
    job = declare()

    claim(job, trigger=Trigger("http", "vercel", "CRON_SECRET", "a reason", "a note"))

    run = read(job)
    assert (run.trigger, run.source, run.actor, run.comment, run.note) == (
        "http", "vercel", "CRON_SECRET", "a reason", "a note",
    )  # fmt: skip
    assert (run.claimed_at, run.started_at, run.lease_expires_at) == (NOON, NOON, NOON + LEASE)
    assert (run.held_job, run.executor) == ("nightly", "inline")


def test_a_claim_that_has_not_begun_holds_until_its_engine_should_have_started_it(declare):
    job = declare()

    claim(job, begin=False)

    run = read(job)
    assert (run.state, run.started_at, run.lease_expires_at) == (State.CLAIMED, None, later(hours=1))


def test_a_new_attempt_starts_with_blank_columns(declare):
    job = declare()
    said = {
        "error": "boom",
        "output_head": b"said",
        "output_size": 4,
        "progress_done": 3,
        "progress_total": 9,
    }
    seen = stored_run(
        job, state=State.FAILED, reason=Reason.ERROR, next_attempt_at=NOON, cancel_requested_at=NOON, **said
    )

    claim(job, seen)

    run = read(job)
    assert (run.reason, run.error, bytes(run.output_head), run.output_size) == ("", "", b"", 0)
    assert (run.progress_done, run.progress_total) == (None, None)
    assert (run.finished_at, run.next_attempt_at, run.cancel_requested_at) == (None, None, None)


def test_superseded_attempts_stay_on_record_and_numbers_are_never_used_again(declare):
    """Pain 25: every attempt says who triggered it, when, how it ended and what it said."""
    job = declare(retry_backoff=0)
    finish(claim(job), job, reason=Reason.ERROR, now=later(seconds=1))
    JobRun.objects.update(output_head=b"first words", output_size=11, error="boom")
    finish(claim(job, read(job), now=later(minutes=1)), job, now=later(minutes=2))
    claim(job, read(job), rerun=True, now=later(hours=1), trigger=Trigger("rerun", "", "ann", "once more"))

    first, second = JobAttempt.objects.order_by("attempt")
    assert (first.attempt, first.state, first.reason, first.error) == (1, State.FAILED, Reason.ERROR, "boom")
    assert (bytes(first.output_head), first.started_at, first.finished_at) == (
        b"first words", NOON, later(seconds=1),
    )  # fmt: skip
    assert (second.attempt, second.state, second.finished_at) == (2, State.SUCCEEDED, later(minutes=2))
    run = read(job)
    assert (run.attempt, run.trigger, run.actor, run.comment) == (3, "rerun", "ann", "once more")


def test_the_first_attempt_of_a_queued_run_supersedes_none_and_keeps_who_ordered_it(declare):
    job = declare()
    runs.queue(job, [NOON], Trigger("backfill", "", "ann", "lost week"), at=NOON, options={"days": 7})

    lease = claim(job, read(job), trigger=Trigger("run_due", "cron-job.org"))

    run = read(job)
    assert not JobAttempt.objects.exists()
    assert (lease.attempt, lease.options) == (1, {"days": 7})
    assert (run.trigger, run.actor, run.comment, run.note) == (
        "backfill", "ann", "lost week", "started by run_due",
    )  # fmt: skip


def test_all_attempts_use_the_options_of_the_trigger_that_made_the_run(declare):
    job = declare()
    finish(claim(job, options={"days": 7}), job, reason=Reason.INTERRUPTED)

    lease = claim(job, read(job), options={"days": 1})

    assert lease.options == read(job).options == {"days": 7}


@pytest.mark.parametrize(("given", "used"), [(None, {"days": 7}), ({"days": 1}, {"days": 1}), ({}, {})])
def test_a_rerun_may_replace_the_options(declare, given, used):
    job = declare()
    finish(claim(job, options={"days": 7}), job)

    assert claim(job, read(job), options=given, rerun=True).options == read(job).options == used


def test_a_lease_by_the_databases_clock_lasts_as_long_as_the_setting_says(declare):
    job = declare()

    runs.claim(Claim(job, NOON, Trigger("http"), begin=True), None, moment=Moment(NOON))

    left = JobRun.objects.annotate(database_now=clock.expression(None)).get()
    assert 25 < (left.lease_expires_at - left.database_now).total_seconds() <= 30


@pytest.mark.django_db(transaction=True)
def test_a_claim_refuses_to_be_part_of_somebody_elses_transaction(declare):
    """Pain 16: a claim that a roll-back can take away guards nothing."""
    job = declare()

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        claim(job)

    assert not JobRun.objects.exists()


def test_queueing_leaves_a_slot_that_has_a_run_as_it_is(declare):
    job = declare()
    stored_run(job)
    before = row(job)

    runs.queue(job, [NOON, later(days=1)], Trigger("backfill"), at=later(days=2), options={})

    assert row(job) == before
    assert row(job, later(days=1))["state"] == State.QUEUED


def test_a_skip_is_recorded_once(declare):
    job = declare()

    assert runs.skip(job, NOON, Trigger("http"), at=NOON, options={}) is not None
    assert runs.skip(job, NOON, Trigger("http"), at=later(seconds=1), options={}) is None
    assert (read(job).state, read(job).attempt, read(job).finished_at) == (State.SKIPPED, 0, NOON)


def test_a_skipped_run_is_claimed_with_the_options_of_the_trigger_that_was_skipped(declare):
    job = declare()
    skipped = runs.skip(job, NOON, Trigger("http"), at=NOON, options={"days": 7})

    assert claim(job, skipped, options={"days": 1}).options == {"days": 7}
