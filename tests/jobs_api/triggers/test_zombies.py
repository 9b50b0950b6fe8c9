"""A process that was stopped beyond its lease and goes on: it holds nothing, and hides nobody."""

from __future__ import annotations

import pytest

from jobs_api import runs
from jobs_api.clock import Moment
from jobs_api.execution.current import CurrentRun
from jobs_api.execution.heartbeat import Beat, heartbeat
from jobs_api.models import JobRun
from jobs_api.runs.output import Output
from jobs_api.runs.types import Claim, Trigger
from tests.conftest import NOON

from .asking import later, trigger

pytestmark = pytest.mark.django_db(transaction=True)


def claimed(job, seen, now):
    return runs.claim(Claim(job, NOON, Trigger("http"), begin=True), seen, moment=Moment.fixed(now))


def taken_over(job):
    """Attempt 1 was reaped and attempt 2 has begun elsewhere; its lease is over, too."""
    first = claimed(job, None, NOON)
    runs.reap(moment=Moment.fixed(later(minutes=1)))
    claimed(job, JobRun.objects.get(), later(minutes=1))
    return first


def test_an_attempt_that_lives_here_does_not_hide_a_later_one_that_died_elsewhere(declare):
    job = declare(max_attempts=5)
    first = taken_over(job)
    zombie = Beat(first, CurrentRun(attempt=1), Output(10))
    with heartbeat.watching(zombie):
        result = trigger(job, now=later(minutes=5))
    assert (result.outcome, result.run.attempt) == ("succeeded", 3)


def test_an_attempt_that_knows_its_lease_is_lost_does_not_count_as_living(declare):
    job = declare(max_attempts=5)
    lease = claimed(job, None, NOON)
    beat = Beat(lease, CurrentRun(attempt=1), Output(10))
    with heartbeat.watching(beat):
        assert trigger(job, now=later(minutes=5)).outcome == "already_running"
        beat.run.stop("lost")
        assert trigger(job, now=later(minutes=5)).outcome == "succeeded"
