"""No two slots of an exclusive job are held at once; `held_job` is what the constraint sees."""

from __future__ import annotations

import pytest

from jobs_api import runs
from jobs_api.clock import Moment
from jobs_api.exceptions import LostRace, Overlap
from jobs_api.models import HELD, JobAttempt, JobRun, Reason, State
from jobs_api.runs.types import Trigger
from tests.conftest import NOON, stored_run

from .steps import claim, finish, later, read, row

pytestmark = pytest.mark.django_db

TOMORROW = later(days=1)


@pytest.mark.parametrize("held", HELD)
@pytest.mark.parametrize("begin", [True, False])
def test_a_new_slot_is_not_claimed_while_another_is_held(declare, held, begin):
    """Pain 5: the next run starts while the last one works."""
    job = declare()
    stored_run(job, state=held)

    with pytest.raises(Overlap):
        claim(job, run_date=TOMORROW, begin=begin)

    assert JobRun.objects.count() == 1


@pytest.mark.parametrize("state", [State.QUEUED, State.SKIPPED, State.FAILED])
def test_a_recorded_slot_is_not_claimed_while_another_is_held_and_stays_as_it_is(declare, state):
    job = declare()
    stored_run(job, state=State.RUNNING)
    seen = stored_run(job, TOMORROW, state=state)
    before = row(job, TOMORROW)

    with pytest.raises(Overlap) as refusal:
        claim(job, seen)

    assert refusal.value.run == seen
    assert row(job, TOMORROW) == before
    assert not JobAttempt.objects.exists()


def test_a_rerun_is_blocked_by_overlap_too(declare):
    job = declare()
    stored_run(job, state=State.RUNNING)
    seen = stored_run(job, TOMORROW)
    before = row(job, TOMORROW)

    with pytest.raises(Overlap):
        claim(job, seen, rerun=True)

    assert row(job, TOMORROW) == before


def test_slots_of_a_job_that_may_overlap_are_held_side_by_side(declare):
    job = declare(overlap="allow")

    claim(job)
    claim(job, run_date=TOMORROW)
    claim(job, run_date=later(days=2), begin=False)

    assert JobRun.objects.filter(state__in=HELD, held_job=None).count() == 3


def test_different_jobs_do_not_keep_each_other_waiting(declare):
    claim(declare("one"))
    claim(declare("two"))

    assert JobRun.objects.filter(state=State.RUNNING).count() == 2


@pytest.mark.parametrize("reason", ["", Reason.ERROR, Reason.CANCELLED, Reason.INTERRUPTED])
def test_whatever_ends_a_run_lets_the_next_slot_go(declare, reason):
    job = declare()
    finish(claim(job), job, reason=reason)

    claim(job, run_date=TOMORROW)

    assert read(job, TOMORROW).held_job == job.name


def test_a_reaped_run_lets_the_next_slot_go(declare):
    """Pain 6: the lock of a dead process is released."""
    job = declare()
    claim(job)
    runs.reap(moment=Moment.fixed(later(minutes=1)))

    claim(job, run_date=TOMORROW, now=later(minutes=1))

    assert read(job, TOMORROW).state == State.RUNNING


def test_a_slot_that_somebody_else_has_just_taken_is_a_lost_race_and_no_overlap(declare):
    job = declare()
    seen = stored_run(job, state=State.FAILED)
    claim(job, seen)

    with pytest.raises(LostRace):
        claim(job, seen)
    with pytest.raises(LostRace):
        claim(job)


def test_a_skip_does_not_hold_anything(declare):
    job = declare()
    runs.skip(job, NOON, Trigger("http"), at=NOON, options={})

    claim(job, run_date=TOMORROW)

    assert read(job).held_job is None
