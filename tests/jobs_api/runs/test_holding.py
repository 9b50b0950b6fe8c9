"""Begin, renew, finish: what the holder of a lease may write, and nobody else."""

from __future__ import annotations

import pytest

from jobs_api import runs
from jobs_api.clock import Moment
from jobs_api.exceptions import LeaseLost
from jobs_api.models import JobRun, Reason, State
from jobs_api.runs.types import Ending

from .steps import LEASE, claim, earlier, finish, later, read, row

pytestmark = pytest.mark.django_db


def test_begin_passes_once_however_often_it_is_delivered(declare):
    """Pain 4: a broker delivers a slow task again while it runs."""
    job = declare()
    lease = claim(job, begin=False)

    runs.begin(lease, moment=Moment.fixed(later(minutes=5)))

    begun = row(job)
    assert (begun["state"], begun["started_at"]) == (State.RUNNING, later(minutes=5))
    assert begun["lease_expires_at"] == later(minutes=5) + LEASE
    with pytest.raises(LeaseLost):
        runs.begin(lease, moment=Moment.fixed(later(minutes=6)))
    assert row(job) == begun


def test_a_running_lease_is_renewed(declare):
    job = declare()
    lease = claim(job)

    assert runs.renew([lease], now=later(seconds=10)) == 1
    assert read(job).lease_expires_at == later(seconds=10) + LEASE


def test_many_leases_are_renewed_by_one_statement(declare, django_assert_num_queries):
    job = declare(overlap="allow")
    leases = [claim(job, run_date=later(days=day)) for day in range(5)]

    with django_assert_num_queries(1):
        renewed = runs.renew([*leases[:3], earlier(leases[3])], now=later(seconds=10))

    assert renewed == 3
    assert JobRun.objects.filter(lease_expires_at=later(seconds=10) + LEASE).count() == 3


def test_nothing_to_renew_renews_nothing(declare):
    claim(declare())

    assert runs.renew([], now=later(seconds=10)) == 0


def test_a_holder_that_has_expired_but_was_not_reaped_may_renew_and_finish(declare):
    job = declare()
    lease = claim(job)

    assert runs.renew([lease], now=later(minutes=10)) == 1
    finish(lease, job, now=later(minutes=20))

    assert read(job).state == State.SUCCEEDED


def test_a_reaped_holder_cannot_write_its_result(declare):
    """Pain 18: success is written from what really happened, by who really holds the run."""
    job = declare()
    lease = claim(job)
    runs.reap(moment=Moment.fixed(later(minutes=1)))
    before = row(job)

    with pytest.raises(LeaseLost):
        finish(lease, job)

    assert (row(job), before["reason"]) == (before, Reason.LOST)


def test_an_expired_lease_is_claimed_again_and_fences_the_old_holder(declare):
    """Pain 6: a lock that is never released, and a holder that comes back."""
    job = declare()
    old = claim(job)
    runs.reap(moment=Moment.fixed(later(minutes=1)))
    new = claim(job, read(job), now=later(minutes=1))

    with pytest.raises(LeaseLost):
        finish(old, job, now=later(minutes=2))
    assert runs.renew([old], now=later(minutes=2)) == 0
    assert runs.record_progress(old, progress=(1, 2), output=(b"old", b"", 3)) == 0
    finish(new, job, now=later(minutes=2))

    run = read(job)
    assert (run.attempt, run.state, run.output_size) == (2, State.SUCCEEDED, 0)


def test_finishing_writes_the_end_and_lets_go(declare):
    job = declare()
    lease = claim(job)
    output = (b"first", b"last", 900)

    ending = Ending(State.SUCCEEDED, finished_at=later(seconds=5), progress=(3, 3), output=output)
    runs.finish(lease, ending, job, moment=Moment.fixed(later(seconds=5)))

    run = read(job)
    assert (run.state, run.reason, run.duration_ms) == (State.SUCCEEDED, "", 5000)
    assert (run.held_job, run.lease_expires_at, run.next_attempt_at) == (None, None, None)
    assert (bytes(run.output_head), bytes(run.output_tail), run.output_size) == output
    assert (run.progress_done, run.progress_total) == (3, 3)


def test_a_finish_that_says_nothing_leaves_what_was_said_before(declare):
    job = declare()
    lease = claim(job)
    runs.record_progress(lease, progress=(1, 2), output=(b"said", b"", 4))

    finish(lease, job)

    run = read(job)
    assert (run.progress_done, run.progress_total, bytes(run.output_head)) == (1, 2, b"said")
