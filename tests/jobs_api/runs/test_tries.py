"""Tries are the budget: what costs one, and how long it is until the next."""

from __future__ import annotations

import pytest

from jobs_api.models import Reason, State
from tests.conftest import NOON, stored_run

from .steps import claim, finish, later, read

pytestmark = pytest.mark.django_db

# reason, does it cost a try, seconds until it may be claimed again (None: never by itself)
ENDS = [
    ("", 0, None),
    (Reason.ERROR, 1, 60),
    (Reason.EXIT, 1, 60),
    (Reason.TIMEOUT, 1, 60),
    (Reason.INTERRUPTED, 0, 0),
    (Reason.SUBMIT_FAILED, 0, 0),
    (Reason.LOST, 1, 0),
    (Reason.CANCELLED, 0, None),
]


@pytest.mark.parametrize(("reason", "cost", "wait"), ENDS)
def test_what_an_end_costs_and_how_long_it_holds_back(declare, reason, cost, wait):
    """Pain 16: a deploy that cuts a run costs it neither a try nor a wait."""
    job = declare(retry_backoff=60, max_attempts=3)

    finish(claim(job), job, reason=reason)

    run = read(job)
    assert run.tries == cost
    assert run.next_attempt_at == (None if wait is None else later(seconds=wait))


def test_back_off_doubles_with_each_try_and_ends_with_the_last(declare):
    job = declare(retry_backoff=60, max_attempts=5)
    waits = []
    for number in range(5):
        at = later(hours=number)
        finish(claim(job, None if number == 0 else read(job), now=at), job, reason=Reason.ERROR, now=at)
        following = read(job).next_attempt_at
        waits.append(following and (following - at).total_seconds())

    assert waits == [60, 120, 240, 480, None]
    assert (read(job).tries, read(job).attempt) == (5, 5)


def test_back_off_of_zero_allows_the_next_attempt_at_once(declare):
    job = declare(retry_backoff=0)

    finish(claim(job), job, reason=Reason.ERROR)

    assert read(job).next_attempt_at == NOON


def test_what_costs_no_try_does_not_lengthen_the_back_off(declare):
    job = declare(retry_backoff=60)
    finish(claim(job), job, reason=Reason.INTERRUPTED)
    finish(claim(job, read(job)), job, reason=Reason.ERROR)

    assert read(job).next_attempt_at == later(seconds=60)


def test_back_off_of_very_many_tries_is_still_a_time(declare):
    job = declare(retry_backoff=3600, max_attempts=1000)
    run = stored_run(job, state=State.FAILED, tries=900)

    finish(claim(job, run), job, reason=Reason.ERROR)

    assert read(job).next_attempt_at is not None


def test_interruptions_never_exhaust_a_run(declare):
    job = declare(max_attempts=1)
    for number in range(4):
        finish(claim(job, read(job) if number else None), job, reason=Reason.INTERRUPTED)

    run = read(job)
    assert (run.tries, run.attempt, run.next_attempt_at) == (0, 4, NOON)


def test_tries_count_anew_after_a_rerun_but_attempts_go_on(declare):
    """Pain 25: a rerun has all the tries that a fresh run has."""
    job = declare(max_attempts=2, retry_backoff=0)
    for number in range(2):
        finish(claim(job, read(job) if number else None), job, reason=Reason.ERROR)
    assert (read(job).tries, read(job).next_attempt_at) == (2, None)

    finish(claim(job, read(job), rerun=True), job, reason=Reason.ERROR)

    run = read(job)
    assert (run.tries, run.attempt, run.next_attempt_at) == (1, 3, NOON)
