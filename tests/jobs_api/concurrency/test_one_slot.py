"""Many triggers for one slot at the same moment: one attempt."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from threading import Event, Lock

import pytest

from jobs_api import current_run, runs
from jobs_api.models import JobAttempt, JobDeclaration, JobPause, JobRun, Reason, State
from jobs_api.runs import job_state, pausing
from jobs_api.runs.types import Trigger
from jobs_api.triggers import due
from jobs_api.triggers.dispatch import Request, dispatch
from tests.conftest import NOON, stored_run

from .crowd import crowd

pytestmark = pytest.mark.django_db(transaction=True)

HTTP = Trigger("http", "curl")
THREADS, ROUNDS = 12, 20
DUPLICATES = {"already_running", "already_succeeded"}
DATES = [NOON - timedelta(days=number) for number in range(ROUNDS)]


@pytest.fixture
def starts(toy) -> Counter:
    """How often the command was started, by slot and attempt."""
    counter: Counter = Counter()
    lock = Lock()

    def behave(command, **options):
        with lock:
            counter[current_run().run_date, current_run().attempt] += 1

    toy(behave)
    return counter


def _triggers(job, run_date, count=THREADS, **asked):
    return [lambda: dispatch(Request(job, run_date, HTTP, **asked), now=NOON).outcome] * count


def test_a_fresh_slot_is_run_once(declare, starts):
    """Pains 1 and 3: each worker, replica and second cron service triggers, and there is one run."""
    job = declare()

    with crowd(THREADS) as together:
        for run_date in DATES:
            outcomes = Counter(together(*_triggers(job, run_date)))
            assert outcomes["succeeded"] == 1
            assert set(outcomes) <= {"succeeded", *DUPLICATES}

    assert starts == {(run_date, 1): 1 for run_date in DATES}
    assert JobRun.objects.filter(state=State.SUCCEEDED, attempt=1).count() == ROUNDS
    assert not JobAttempt.objects.exists()


BEFORE = {
    "failed": ({"state": State.FAILED, "reason": Reason.ERROR, "tries": 1, "next_attempt_at": NOON}, 2),
    "lost": ({"state": State.RUNNING, "held_job": None, "lease_expires_at": NOON - timedelta(days=1)}, 2),
    "queued": ({"state": State.QUEUED, "next_attempt_at": NOON}, 1),
    "skipped": ({"state": State.SKIPPED}, 1),
}


@pytest.mark.parametrize(("before", "attempt"), BEFORE.values(), ids=BEFORE)
def test_a_slot_that_has_a_run_already_gets_one_more_attempt(declare, starts, before, attempt):
    """Pain 6: a lock that is taken over by one, not by all who saw that it was free."""
    job = declare()
    dates = DATES[:8]
    for run_date in dates:
        stored_run(job, run_date, **before)

    with crowd(THREADS) as together:
        for run_date in dates:
            outcomes = Counter(together(*_triggers(job, run_date)))
            assert outcomes["succeeded"] == 1
            assert set(outcomes) <= {"succeeded", *DUPLICATES}

    assert starts == {(run_date, attempt): 1 for run_date in dates}
    assert JobAttempt.objects.count() == (len(dates) if attempt == 2 else 0)


def test_two_operators_who_rerun_at_once_get_one_attempt(declare, toy):
    """Pain 25: the second click is told that it runs already."""
    job = declare()
    answered = Event()
    toy(lambda command, **options: answered.wait(20))

    def rerun(run_date):
        outcome = dispatch(Request(job, run_date, HTTP, force=True), now=NOON).outcome
        answered.set()
        return outcome

    with crowd(2) as together:
        for run_date in DATES[:8]:
            stored_run(job, run_date)
            answered.clear()
            outcomes = together(lambda date=run_date: rerun(date), lambda date=run_date: rerun(date))
            assert sorted(outcomes) == ["already_running", "succeeded"]

    assert set(JobRun.objects.values_list("attempt", flat=True)) == {2}
    assert JobAttempt.objects.count() == 8


def test_calls_of_run_due_at_once_start_each_slot_once(declare, starts):
    """Pain 3: run-due is as safe to send twice as any trigger."""
    job = declare(schedule="0 * * * *", catch_up="all", catch_up_window=8 * 3600)
    job_state.know(job, at=NOON - timedelta(days=9))

    with crowd(6) as together:
        reports = together(*[lambda: due.run_due(HTTP, now=NOON)] * 6)
    again = due.run_due(HTTP, now=NOON)  # what one of them found held is still due

    assert sum(report.counts.get("succeeded", 0) for report in [*reports, again]) == 9
    assert set(starts.values()) == {1}
    assert len(starts) == 9


def test_a_job_is_made_known_once(declare):
    job = declare()

    with crowd(THREADS) as together:
        together(*[lambda: (job_state.forget(), job_state.know(job, at=NOON))] * THREADS)

    assert JobDeclaration.objects.filter(job_name=job.name).count() == 1


def test_a_job_is_paused_once(declare):
    job = declare()

    with crowd(6) as together:
        paused = together(*[lambda: pausing.pause(job, actor="ann", comment="", at=NOON).changed] * 6)

    assert sorted(paused) == [False] * 5 + [True]
    assert JobPause.objects.count() == 1


def test_slots_are_queued_once(declare):
    job = declare()
    ordered = Trigger("backfill")

    with crowd(4) as together:
        together(*[lambda: runs.queue(job, DATES, ordered, at=NOON, options={})] * 4)

    assert JobRun.objects.filter(state=State.QUEUED).count() == ROUNDS
