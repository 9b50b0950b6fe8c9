"""Missed slots: which of them a run-due starts, by the job's policy."""

from __future__ import annotations

import pytest

from jobs_api import registry
from jobs_api.models import JobDeclaration, State
from jobs_api.runs import job_state
from jobs_api.triggers.dispatch import Request, dispatch
from tests.conftest import NOON, stored_run

from .waiting import RUN_DUE, hours, known, later, run_due, wanted

pytestmark = pytest.mark.django_db


def test_after_downtime_only_the_newest_slot_is_started(declare):
    """Pain 10: after downtime all missed runs fire at once."""
    job = known(declare(schedule="0 * * * *"))
    stored_run(job, later(days=-10))

    assert hours(later(minutes=20)) == [0]


@pytest.mark.parametrize(
    ("schedule", "window", "expected"),
    [("0 * * * *", 6, [-6, -5, -4, -3, -2, -1, 0]), ("0 */6 * * *", 24, [-24, -18, -12, -6, 0])],
)
def test_a_job_that_catches_up_all_gets_every_slot_of_its_window(declare, schedule, window, expected):
    """Pain 10: all of them where that is wanted, within a window."""
    known(declare(schedule=schedule, catch_up="all", catch_up_window=window * 3600))

    assert hours() == expected


def test_catching_up_is_capped_per_job_and_goes_on_with_the_next_call(declare):
    """Pain 10: a cap, so that a call ends and the database breathes."""
    job = known(declare(schedule="*/5 * * * *", catch_up="all"))
    other = known(declare("other", schedule="*/10 * * * *", catch_up="all"))

    first = wanted()

    mine = [run_date for name, run_date in first if name == job.name]
    assert (len(mine), len(first)) == (100, 200)
    assert mine[0] == later(days=-1)
    assert mine == sorted(mine)
    assert first[0::2] == [(job.name, run_date) for run_date in mine], "the jobs take turns"
    for run_date in mine:
        stored_run(job, run_date)
    following = [run_date for name, run_date in wanted() if name == job.name]
    assert following[0] == mine[-1] + (mine[-1] - mine[-2])
    assert other.name in {name for name, _ in first}


@pytest.mark.parametrize(("minutes", "expected"), [(0, [0]), (30, [0]), (31, [])])
def test_a_job_that_catches_up_none_starts_nothing_later_than_its_grace(declare, minutes, expected):
    """Pain 9: what is not started any more is said by the declaration, not by a second's delay."""
    known(declare(schedule="0 * * * *", catch_up="none", grace=1800))

    assert hours(later(minutes=minutes)) == expected


def test_nothing_beyond_the_window_is_caught_up(declare):
    known(declare(schedule="0 12 * * 2", catch_up="latest", catch_up_window=3600 * 24))

    assert wanted() == []  # three days since Tuesday


def test_a_slot_that_could_not_be_started_any_more_is_not_due(declare):
    known(declare(schedule="0 * * * *", catch_up="all", catch_up_window=12 * 3600, expires=2 * 3600))

    assert hours(later(minutes=30)) == [-1, 0]


def test_a_second_late_is_not_too_late(declare):
    """Pain 9: a run one second late is silently dropped."""
    known(declare(schedule="0 12 * * *"))

    assert run_due(later(seconds=1)).counts == {"succeeded": 1}


def test_run_due_has_no_early_tolerance(declare):
    job = known(declare(schedule="0 12 * * *"))
    stored_run(job, later(days=-1))

    assert wanted(later(seconds=-1)) == []
    assert hours(NOON) == [0]


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.SKIPPED, State.CANCELLED, State.RUNNING])
@pytest.mark.parametrize("catch_up", ["latest", "all"])
def test_a_slot_with_a_run_is_not_missed_whatever_came_of_it(declare, state, catch_up):
    job = known(declare(schedule="0 12 * * *", catch_up=catch_up, catch_up_window=3600))
    stored_run(job, state=state)

    assert wanted(later(seconds=10)) == []


def test_holes_are_filled_between_slots_that_have_runs(declare):
    job = known(declare(schedule="0 * * * *", catch_up="all", catch_up_window=4 * 3600))
    for hour in (-4, -2, 0):
        stored_run(job, later(hours=hour))

    assert hours() == [-3, -1]


def test_a_newest_slot_that_ran_early_is_not_started_again(declare):
    job = known(declare(schedule="0 * * * *"))
    stored_run(job)

    assert wanted(later(seconds=-3)) == []


def test_slots_from_before_the_job_was_known_are_not_missed(declare):
    """Pain 10: a first deployment does not fire what was never promised."""
    known(declare(schedule="0 * * * *", catch_up="all"), since=later(hours=-2, minutes=-30))

    assert hours() == [-2, -1, 0]


@pytest.mark.parametrize("catch_up", ["latest", "all"])
def test_a_job_that_run_due_sees_for_the_first_time_starts_with_its_next_slot(declare, catch_up):
    declare(schedule="0 12 * * *", catch_up=catch_up)

    assert run_due(later(hours=1)).results == []
    assert JobDeclaration.objects.get(job_name="nightly").since == later(hours=1)
    assert wanted(later(days=1)) == [("nightly", later(days=1))]


CHANGES = {
    "schedule": ({"schedule": "30 * * * *"}, [-1.5, -0.5]),
    "zone": ({"schedule": "0 * * * *", "timezone": "Europe/Berlin"}, [-1, 0]),
}


@pytest.mark.parametrize(("change", "expected"), CHANGES.values(), ids=CHANGES)
def test_slots_from_before_the_schedule_or_zone_changed_are_not_missed(declare, change, expected):
    known(declare(schedule="0 * * * *", catch_up="all"))
    job_state.forget()  # the next process, deployed with the change
    registry.fill([declare(catch_up="all", **change)])

    assert run_due(later(hours=-1, minutes=-45)).results == []
    assert hours() == expected


def test_a_job_on_demand_is_never_started_by_itself(declare):
    known(declare(schedule=None))

    assert wanted() == []


def test_a_trigger_that_names_the_job_may_run_a_slot_from_before_it_was_known(declare):
    job = declare(schedule="0 12 * * *")
    run_due(later(hours=1))

    assert dispatch(Request(job, NOON, RUN_DUE), now=later(hours=1)).outcome == "succeeded"
