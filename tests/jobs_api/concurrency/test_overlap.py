"""Different slots of one job at the same moment."""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta
from threading import Barrier, Lock

import pytest

from jobs_api.models import HELD, JobAttempt, JobRun, Reason, State
from jobs_api.runs.types import Trigger
from jobs_api.triggers.dispatch import Request, dispatch
from tests.conftest import NOON, stored_run

from .crowd import crowd

pytestmark = pytest.mark.django_db(transaction=True)

HTTP = Trigger("http", "curl")
SANE = {"succeeded", "already_running", "already_succeeded", "overlap_skipped"}


class Gauge:
    """A command that notes how many of it run at once."""

    def __init__(self) -> None:
        self.lock, self.now, self.most, self.held = Lock(), 0, 0, 0

    def __call__(self, command, **options) -> None:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.held = max(self.held, JobRun.objects.filter(state__in=HELD).count())
        time.sleep(0.01)  # long enough for the others to come in between
        with self.lock:
            self.now -= 1


@pytest.fixture
def gauge(toy) -> Gauge:
    """What the toy does in these tests."""
    measured = Gauge()
    toy(measured)
    return measured


def _triggers(job, dates, times):
    return [
        lambda date=date: dispatch(Request(job, date, HTTP), now=NOON).outcome
        for date in dates
        for _ in range(times)
    ]


def test_two_slots_of_an_exclusive_job_are_never_held_at_once(declare, gauge):
    """Pain 5: the next run starts while the last one works."""
    job = declare()
    dates = [NOON - timedelta(days=number) for number in range(40)]

    with crowd(12) as together:
        for first in range(0, 40, 4):
            outcomes = Counter(together(*_triggers(job, dates[first : first + 4], 3)))
            assert set(outcomes) <= SANE
            assert outcomes["succeeded"] >= 1

    assert (gauge.most, gauge.held) == (1, 1)
    assert set(JobRun.objects.values_list("state", flat=True)) <= {State.SUCCEEDED, State.SKIPPED}
    assert JobRun.objects.count() == 40
    assert not JobAttempt.objects.exists()


def test_a_skipped_slot_is_run_by_a_later_trigger(declare, gauge):
    job = declare()
    dates = [NOON - timedelta(days=number) for number in range(4)]

    with crowd(12) as together:
        for _ in range(4):  # at least one more of them succeeds each time
            together(*_triggers(job, dates, 3))

    assert set(JobRun.objects.values_list("state", "attempt")) == {(State.SUCCEEDED, 1)}
    assert gauge.most == 1


def test_the_expired_holder_of_another_slot_is_reaped_once(declare, gauge):
    """Pain 6: all see that the lock is stale, one takes it."""
    job = declare()
    stale = [NOON - timedelta(days=number) for number in range(1, 9)]

    with crowd(12) as together:
        for run_date in stale:
            stored_run(job, run_date, state=State.RUNNING)
            fresh = [run_date + timedelta(hours=hour) for hour in (1, 2, 3, 4)]
            assert set(together(*_triggers(job, fresh, 3))) <= SANE

    lost = JobRun.objects.filter(run_date__in=stale)
    assert set(lost.values_list("state", "reason", "tries", "attempt")) == {(State.FAILED, Reason.LOST, 1, 1)}
    assert gauge.most == 1


def test_slots_of_a_job_that_may_overlap_run_side_by_side(declare, toy):
    job = declare(overlap="allow")
    all_there = Barrier(4)
    toy(lambda command, **options: all_there.wait(20))
    dates = [NOON - timedelta(days=number) for number in range(4)]

    with crowd(4) as together:
        outcomes = together(*_triggers(job, dates, 1))

    assert outcomes == ["succeeded"] * 4
