"""Pauses are intervals: what passed during one is not missed."""

from __future__ import annotations

import pytest

from jobs_api.models import JobPause, State
from jobs_api.runs import job_state
from jobs_api.triggers.dispatch import Request, dispatch
from tests.conftest import NOON, stored_run

from .waiting import RUN_DUE, hours, known, later, run_due, wanted

pytestmark = pytest.mark.django_db


def pause(job, start, end=None) -> None:
    """Pause the job from `start` to `end`, hours around NOON."""
    job_state.pause(job, actor="ann", comment="", at=later(hours=start))
    if end is not None:
        job_state.resume(job, actor="", comment="", at=later(hours=end))


@pytest.mark.parametrize("catch_up", ["latest", "all"])
def test_resuming_a_job_does_not_fire_what_passed_meanwhile(declare, catch_up):
    """Pain 11: resuming a paused job fires it at once."""
    job = known(declare(schedule="0 * * * *", catch_up=catch_up, catch_up_window=4 * 3600))
    stored_run(job, later(hours=-5))
    pause(job, -4.5, 0.25)

    assert wanted(later(minutes=30)) == []
    assert hours(later(hours=1)) == [1]


def test_only_slots_within_the_pauses_are_left_out(declare):
    """Pain 11: a pause is an interval with two ends."""
    job = known(declare(schedule="0 * * * *", catch_up="all", catch_up_window=8 * 3600))
    pause(job, -7.5, -5.5)
    pause(job, -3, -2)

    assert hours() == [-8, -5, -4, -2, -1, 0]


def test_the_newest_slot_before_a_pause_is_still_missed_after_it(declare):
    job = known(declare(schedule="0 12 * * *", catch_up_window=7200))
    pause(job, 0.25, 0.5)

    assert hours(later(hours=1)) == [0]


@pytest.mark.parametrize("catch_up", ["latest", "all", "none"])
def test_a_paused_job_is_not_started(declare, catch_up):
    job = known(declare(schedule="0 * * * *", catch_up=catch_up))
    stored_run(job, later(hours=-1), state=State.FAILED, tries=1, next_attempt_at=NOON)
    pause(job, -0.5)

    assert run_due().results == []


def test_a_run_that_failed_before_the_pause_is_tried_again_after_it(declare):
    job = known(declare(schedule=None))
    stored_run(job, later(hours=-1), state=State.FAILED, tries=1, next_attempt_at=later(hours=-1))
    pause(job, -0.75, -0.5)

    assert hours() == [-1]


def test_a_trigger_that_names_the_job_may_run_a_slot_that_passed_during_a_pause(declare):
    job = known(declare(schedule="0 12 * * *"))
    pause(job, -1, 1)

    assert dispatch(Request(job, NOON, RUN_DUE), now=later(hours=2)).outcome == "succeeded"


def test_pausing_twice_is_one_pause_and_resuming_twice_changes_nothing(declare):
    job = declare()

    assert job_state.pause(job, actor="ann", comment="stock-taking", at=NOON) is True
    assert job_state.pause(job, actor="bob", comment="", at=later(hours=1)) is False
    assert job_state.resume(job, actor="", comment="", at=later(hours=2)) is True
    assert job_state.resume(job, actor="", comment="", at=later(hours=3)) is False

    [only] = JobPause.objects.all()
    assert (only.actor, only.comment, only.started_at, only.ended_at) == (
        "ann", "stock-taking", NOON, later(hours=2),
    )  # fmt: skip


def test_a_pause_ends_not_before_it_began_though_clocks_of_two_hosts_differ(declare):
    job = declare()
    job_state.pause(job, actor="ann", comment="", at=NOON)

    assert job_state.resume(job, actor="", comment="", at=later(seconds=-2)) is True
    assert JobPause.objects.get().ended_at == NOON


def test_pausing_one_job_leaves_the_others_alone(declare):
    one, two = known(declare("one", schedule="0 12 * * *")), known(declare("two", schedule="0 12 * * *"))
    pause(one, -1)

    assert wanted() == [(two.name, NOON)]
