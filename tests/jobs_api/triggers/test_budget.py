"""How long one run-due call works, and what it says is left."""

from __future__ import annotations

from itertools import count
from types import SimpleNamespace

import pytest
from django.test import override_settings

from jobs_api import executors
from jobs_api.models import JobRun, State
from jobs_api.triggers import due
from tests.conftest import NOON, stored_run

from .waiting import known, later, run_due, wanted

pytestmark = pytest.mark.django_db


@pytest.fixture
def ten_seconds_each(monkeypatch):
    """Each look at the clock is ten seconds after the one before."""
    ticks = count(0, 10)
    monkeypatch.setattr(due, "time", SimpleNamespace(monotonic=lambda: next(ticks)))


@pytest.fixture
def five_missed(declare):
    return known(declare(schedule="0 * * * *", catch_up="all", catch_up_window=4 * 3600))


def test_a_call_stops_starting_when_the_time_is_over(five_missed, ten_seconds_each):
    """Pain 14: the call ends before its caller's patience does; the next one goes on."""
    report = run_due()

    assert (len(report.results), report.remaining) == (2, 3)
    assert [result.run_date for result in report.results] == [later(hours=-4), later(hours=-3)]
    assert [len(run_due().results), len(run_due().results)] == [2, 1]


@override_settings(JOBS_API={"RUN_DUE_SECONDS": 45})
def test_how_long_is_a_setting(five_missed, ten_seconds_each):
    assert run_due().remaining == 1


@pytest.mark.parametrize(("seconds", "remaining"), [(0, 0), (15, 4), (1000, 0)])
def test_a_call_may_say_how_long(five_missed, ten_seconds_each, seconds, remaining):
    assert run_due(seconds=seconds).remaining == remaining


@pytest.fixture
def courier(monkeypatch):
    """An executor off the request that takes whatever it is given."""
    made = executors.Executor()
    made.submit = lambda job, lease: None
    monkeypatch.setattr(executors, "load", lambda name: made)
    return made


def test_work_off_the_request_stops_starting_too(five_missed, ten_seconds_each, courier):
    """Pain 14: a broker that is slow to answer takes as long as a command does."""
    report = run_due()

    assert (len(report.results), report.remaining) == (2, 5)  # accepted is not ended


def test_what_is_accepted_or_held_up_by_it_remains(five_missed, courier):
    report = run_due()

    assert report.counts == {"accepted": 1, "overlap_skipped": 4}
    assert report.remaining == 5
    assert JobRun.objects.count() == 1  # catch-up never skips: their slots stay due


def test_a_slot_that_waits_for_another_one_remains(declare):
    job = known(declare(schedule="0 12 * * *"))
    stored_run(job, later(days=-1), state=State.RUNNING, lease_expires_at=later(hours=1))

    report = run_due()

    assert (report.counts, report.remaining) == ({"overlap_skipped": 1}, 1)


def test_slots_beyond_the_cap_remain(declare):
    """Pain 10: a cap that nobody is told of looks like everything is done."""
    known(declare(schedule="*/5 * * * *", catch_up="all"))

    with override_settings(JOBS_API={"CATCH_UP_LIMIT": 3}):
        assert len(wanted()) == 3
        report = run_due()

    assert (report.counts, report.remaining > 0) == ({"succeeded": 3}, True)


def test_nothing_remains_where_all_is_done(five_missed):
    report = run_due()

    assert (len(report.results), report.remaining, report.failed) == (5, 0, False)
    assert run_due(NOON).results == []
