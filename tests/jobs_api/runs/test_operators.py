"""Cancelling: a queued run at once, a running one by asking its holder."""

from __future__ import annotations

import pytest

from jobs_api import runs
from jobs_api.exceptions import InFlight, LostRace
from jobs_api.leases import Trigger
from jobs_api.models import ENDED, JobRun, Reason, State
from tests.conftest import NOON, stored_run

from .steps import claim, finish, later, read, row

pytestmark = pytest.mark.django_db


def test_a_queued_run_is_cancelled_at_once(declare):
    job = declare()
    runs.queue(job, [NOON], Trigger("backfill"), at=NOON, options={})

    assert runs.cancel(read(job), actor="ann", at=later(seconds=1)) is True

    run = read(job)
    assert (run.state, run.reason, run.finished_at) == (State.CANCELLED, Reason.CANCELLED, later(seconds=1))
    assert (run.next_attempt_at, run.note) == (None, "cancel asked by ann")


def test_the_holder_of_a_run_is_asked_to_stop_and_nothing_is_written_for_it(declare):
    job = declare()
    stored_run(job, state=State.RUNNING)

    assert runs.cancel(read(job), actor="", at=later(seconds=1)) is False

    run = read(job)
    assert (run.state, run.cancel_requested_at, run.note) == (
        State.RUNNING, later(seconds=1), "cancel asked",
    )  # fmt: skip
    assert run.held_job == job.name


@pytest.mark.parametrize("state", ENDED)
def test_what_has_ended_cannot_be_cancelled(declare, state):
    job = declare()
    run = stored_run(job, state=state)
    before = row(job)

    with pytest.raises(InFlight, match=f"has ended as {state}"):
        runs.cancel(run, actor="ann", at=NOON)

    assert row(job) == before


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

    claim(job, read(job))

    assert read(job).cancel_requested_at is None
