"""A duplicate is one statement and writes nothing; one that waits answers as if it came later."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from jobs_api.execution import waiting
from jobs_api.models import JobRun, State
from jobs_api.runs import pausing
from tests.conftest import NOON, stored_run

from .asking import RECENT, later, tables, trigger

pytestmark = pytest.mark.django_db(transaction=True)

REFUSED = {
    "already_succeeded": {"state": State.SUCCEEDED},
    "already_running": {"state": State.RUNNING},
    "cancelled": {"state": State.CANCELLED},
    "attempts_exhausted": {"state": State.FAILED, "tries": 3},
    "retry_later": {"state": State.FAILED, "tries": 1, "next_attempt_at": later(hours=1)},
    "expired": {"state": State.SKIPPED},
    "paused": {"state": State.SUCCEEDED},
}


@pytest.mark.parametrize("outcome", REFUSED)
def test_a_duplicate_is_one_statement_and_writes_nothing(declare, django_assert_num_queries, outcome):
    """Pain 19: a repeat is answered at once, at no cost. Pain 3: it starts nothing."""
    job = declare(expires=3600)
    stored_run(job, **REFUSED[outcome])
    if outcome == "paused":
        pausing.pause(job, actor="ann", comment="", at=NOON)
    now = later(hours=2) if outcome == "expired" else later(seconds=10)
    before = tables()

    with django_assert_num_queries(1):
        result = trigger(job, now=now)

    assert result.outcome == outcome
    assert tables() == before


def test_a_slot_without_a_run_that_is_refused_gets_none(declare, django_assert_num_queries):
    job = declare()
    pausing.pause(job, actor="ann", comment="", at=NOON)
    before = tables()

    with django_assert_num_queries(1):
        assert trigger(job).run is None

    assert tables() == before


def test_a_fresh_run_that_succeeds_is_three_statements_in_a_warm_process(declare, django_assert_num_queries):
    job = declare()
    trigger(job, run_date=later(days=-1))

    with django_assert_num_queries(3):  # look, claim and begin, finish
        assert trigger(job).outcome == "succeeded"


def test_a_second_skip_of_the_same_slot_writes_nothing(declare):
    job = declare()
    stored_run(job, later(days=-1), state=State.RUNNING, lease_expires_at=later(hours=1))
    trigger(job)
    before = tables()

    assert trigger(job).outcome == "overlap_skipped"

    assert tables() == before


@pytest.fixture
def held(toy) -> Iterator[Callable[..., object]]:
    """``with held(job):`` another thread runs the job's slot, until the block ends."""
    begun, release = threading.Event(), threading.Event()
    ends: list[Exception] = []

    def behave(command, **options):
        begun.set()
        assert release.wait(20)
        if ends:
            raise ends[0]

    def holder(job, now):
        try:
            return trigger(job, now=now)
        finally:
            connections.close_all()

    @contextmanager
    def hold(job, *, now=NOON, ending=None):
        ends.extend([ending] if ending else [])
        toy(behave)
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(holder, job, now)
            assert begun.wait(10)
            try:
                yield release.set
            finally:
                release.set()
                first.result()

    yield hold
    release.set()


def _after_one_look(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Let `act` happen when a duplicate has seen that the slot is held, and would wait."""
    wait = waiting.waiters.wait

    def seen(*args):
        act()
        wait(*args)

    monkeypatch.setattr(waiting.waiters, "wait", seen)


def test_a_duplicate_does_not_wait_unless_asked(declare, held, monkeypatch):
    """Pain 14: the caller's 30 seconds are over, and its retry finds the run."""
    job = declare()
    monkeypatch.setattr(waiting.waiters, "wait", lambda *watch: pytest.fail("it waits"))

    with held(job):
        result = trigger(job)

    assert (result.outcome, result.run.attempt, result.retry_after) == ("already_running", 1, 10)


def test_a_waiting_duplicate_answers_as_soon_as_the_run_ends(declare, held, monkeypatch):
    job = declare()

    with held(job) as release:
        _after_one_look(monkeypatch, release)
        started = time.monotonic()
        result = trigger(job, wait=15)

    assert time.monotonic() - started < 14
    assert (result.outcome, result.run.attempt) == ("already_succeeded", 1)
    assert JobRun.objects.get().attempt == 1


def test_a_waiting_duplicate_answers_what_a_fresh_trigger_would_get(declare, held, monkeypatch):
    job = declare(retry_backoff=600)

    with held(job, now=None, ending=ValueError("boom")) as release:
        _after_one_look(monkeypatch, release)
        result = trigger(job, wait=15, now=None)

    assert (result.outcome, result.retry_after > 500) == ("retry_later", True)


def test_a_waiting_duplicate_gives_up_when_its_time_is_over(declare, held):
    job = declare()

    with held(job):
        result = trigger(job, wait=0.1)

    assert (result.outcome, result.run.state) == ("already_running", State.RUNNING)


def test_a_waiting_duplicate_takes_over_from_a_holder_that_died(declare):
    """Pain 7: waiting for a dead process ends with its lease."""
    job = declare()
    soon = timezone.now() + timedelta(seconds=0.5)
    stored_run(job, RECENT, state=State.RUNNING, lease_expires_at=soon)

    result = trigger(job, wait=15, now=None)

    assert (result.outcome, result.run.attempt) == ("succeeded", 2)


def test_a_wait_holds_no_transaction_open(declare, held, monkeypatch):
    job = declare()
    open_while_waiting: list[bool] = []
    with held(job) as release:

        def look() -> None:
            open_while_waiting.append(connection.in_atomic_block)
            release()

        _after_one_look(monkeypatch, look)
        trigger(job, wait=15)

    assert open_while_waiting == [False]
