"""Transitions of one run that meet: one wins, and the row says which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from jobs_api import Job, runs
from jobs_api.clock import Moment
from jobs_api.database import rows
from jobs_api.exceptions import InFlight, LeaseLost, LostRace
from jobs_api.models import JobAttempt, JobRun, Reason, State
from jobs_api.runs.types import Claim, Ending, Lease, Trigger
from jobs_api.triggers.dispatch import Request, dispatch
from tests.conftest import NOON, stored_run

from .crowd import crowd

pytestmark = pytest.mark.django_db(transaction=True)

HTTP = Trigger("http", "curl")
LATE = NOON + timedelta(minutes=5)
ROUNDS = 20
LOSERS = (LeaseLost, LostRace, InFlight)


def _slots() -> list:
    return [NOON - timedelta(days=number) for number in range(ROUNDS)]


def _claim(job: Job, run_date, *, begin: bool = True) -> Lease:
    return runs.claim(Claim(job, run_date, HTTP, begin=begin), None, moment=Moment.fixed(NOON))


def _finish(lease: Lease, job: Job) -> str:
    runs.finish(lease, Ending(State.SUCCEEDED, finished_at=LATE), job, moment=Moment.fixed(LATE))
    return "finished"


def _reap(run_date) -> int:
    return len(runs.reap(rows().filter(run_date=run_date), moment=Moment.fixed(LATE)))


def test_a_late_holder_and_the_reaper_do_not_both_write(declare):
    """Pain 6: whoever comes second changes nothing."""
    job = declare(overlap="allow")

    with crowd(6, refusals=LOSERS) as together:
        for run_date in _slots():
            lease = _claim(job, run_date)
            finished, *reaped = together(partial(_finish, lease, job), *[partial(_reap, run_date)] * 5)
            run = JobRun.objects.get(run_date=run_date)
            won = finished == "finished"
            assert sum(reaped) == (0 if won else 1)
            assert (run.state, run.tries) == ((State.SUCCEEDED, 0) if won else (State.FAILED, 1))


def test_a_lease_that_was_renewed_in_time_is_not_reaped(declare):
    job = declare(overlap="allow")

    with crowd(6) as together:
        for run_date in _slots():
            lease = _claim(job, run_date)
            renewed, *reaped = together(
                lambda lease=lease: runs.renew([lease], now=LATE), *[partial(_reap, run_date)] * 5
            )
            assert renewed + sum(reaped) == 1
            run = JobRun.objects.get(run_date=run_date)
            assert run.state == (State.RUNNING if renewed else State.FAILED)


def test_holder_reapers_and_triggers_meet_and_one_attempt_succeeds(declare):
    """Pains 4, 6 and 7: claim, reap, renew and finish, all at the same moment."""
    job = declare(overlap="allow")

    def hold_on(lease: Lease) -> str:
        runs.renew([lease], now=LATE)
        return _finish(lease, job)

    def trigger(run_date) -> str:
        return dispatch(Request(job, run_date, HTTP), now=LATE).outcome

    with crowd(9, refusals=LOSERS) as together:
        for run_date in _slots():
            lease = _claim(job, run_date)
            acts: list[Callable] = [partial(hold_on, lease), *[partial(_reap, run_date)] * 4]
            held, *others = together(*acts, *[partial(trigger, run_date)] * 4)
            run = JobRun.objects.get(run_date=run_date)
            outcomes = Counter(others[4:])
            if held == "finished":
                assert (run.attempt, outcomes["succeeded"]) == (1, 0)
                assert run.state == State.SUCCEEDED
                continue
            assert held is LeaseLost
            assert outcomes["succeeded"] <= 1  # none, where all of them came before the reaper
            first = run if run.attempt == 1 else JobAttempt.objects.get(run=run)
            assert (first.state, first.reason, run.attempt) == (
                State.FAILED, Reason.LOST, 1 + outcomes["succeeded"],
            )  # fmt: skip


def test_begin_passes_once_though_it_is_delivered_to_many_workers(declare):
    """Pain 4: a message that a broker delivers eight times."""
    job = declare(overlap="allow")

    with crowd(8, refusals=LOSERS) as together:
        for run_date in _slots():
            lease = _claim(job, run_date, begin=False)
            begun = together(*[lambda lease=lease: runs.begin(lease, moment=Moment.fixed(NOON))] * 8)
            assert begun.count(None) == 1
            assert begun.count(LeaseLost) == 7


def test_a_cancel_does_not_undo_a_finish(declare):
    """Pain 18: what is written is what happened."""
    job = declare(overlap="allow")

    with crowd(4, refusals=LOSERS) as together:
        for run_date in _slots():
            lease = _claim(job, run_date)
            seen = JobRun.objects.get(run_date=run_date)
            cancel = partial(runs.cancel, seen, actor="ann", at=NOON)
            finished, *cancelled = together(partial(_finish, lease, job), *[cancel] * 3)
            assert finished == "finished"
            assert set(cancelled) <= {False, LostRace}

    assert set(JobRun.objects.values_list("state", flat=True)) == {State.SUCCEEDED}


def test_a_queued_run_is_either_cancelled_or_claimed(declare):
    job = declare(overlap="allow")

    with crowd(4, refusals=LOSERS) as together:
        for run_date in _slots():
            seen = stored_run(job, run_date, state=State.QUEUED)
            cancel = partial(runs.cancel, seen, actor="ann", at=NOON)
            wanted = Claim(job, run_date, HTTP, begin=True)
            claim = partial(runs.claim, wanted, seen, moment=Moment.fixed(NOON))
            answers = together(cancel, claim, cancel, claim)
            assert answers.count(LostRace) == 3
            state = JobRun.objects.get(run_date=run_date).state
            assert state == (State.CANCELLED if True in answers else State.RUNNING)


def test_a_run_is_reaped_by_one_of_many(declare):
    job = declare(overlap="allow")
    for run_date in _slots():
        _claim(job, run_date)

    with crowd(6) as together:
        reaped = together(*[lambda: len(runs.reap(moment=Moment.fixed(LATE)))] * 6)

    assert sum(reaped) == ROUNDS
    assert set(JobRun.objects.values_list("tries", flat=True)) == {1}
