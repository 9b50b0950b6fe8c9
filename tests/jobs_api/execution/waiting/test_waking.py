"""Who waits for a run is woken when that is no longer what it was seen to be, and not before."""

from __future__ import annotations

import time
from datetime import timedelta
from threading import Event

import pytest
from django.utils import timezone

from jobs_api import executors, runs
from jobs_api.clock import Moment
from jobs_api.execution import drain, heartbeat, waiting
from jobs_api.execution.waiting import waiters
from jobs_api.models import JobRun, Reason, State
from jobs_api.runs.types import Claim, Ending, Lease, Trigger
from jobs_api.triggers import cancelling
from tests.conftest import NOON, stored_run
from tests.jobs_api.execution.attempts import eventually
from tests.jobs_api.triggers.asking import RECENT, later, trigger

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("often")]


def in_flight(job, run_date=NOON, *, state=State.CLAIMED, **fields):
    expires = None if state == State.QUEUED else timezone.now() + timedelta(hours=1)
    return stored_run(job, run_date, state=state, **{"lease_expires_at": expires, **fields})


def lease_of(run):
    return Lease(run.pk, run.attempt, run.job_name, run.run_date, run.tries, {}, timezone.now())


def ends(job, run):
    now = Moment(timezone.now())
    runs.finish(lease_of(run), Ending(State.SUCCEEDED, finished_at=now.at), job, moment=now)


def is_cancelled(job, run):
    assert cancelling.cancel_run(run, actor="ann", reason="")


def is_reaped(job, run):
    assert runs.reap(moment=Moment(timezone.now(), given=timezone.now() + timedelta(hours=2)))


def is_taken_over(job, run):
    JobRun.objects.update(attempt=2)


def is_parked(job, run):
    runs.park(lease_of(run), moment=Moment(timezone.now()))


def runs_out(job, run):
    JobRun.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def is_pruned(job, run):
    JobRun.objects.all().delete()


def begins(job, run):
    runs.begin(lease_of(run), moment=Moment(timezone.now()))


def is_asked_to_stop(job, run):
    begins(job, run)
    cancelling.cancel_run(JobRun.objects.get(), actor="ann", reason="")


def is_renewed(job, run):
    begins(job, run)
    runs.renew([lease_of(run)])


@pytest.mark.parametrize(
    "happens", [ends, is_cancelled, is_reaped, is_taken_over, is_parked, runs_out, is_pruned]
)
def test_a_waiter_is_woken_when_its_run(declare, waits, looks, happens):
    job = declare()
    run = in_flight(job)
    waiter = waits(run)
    eventually(lambda: looks)
    assert not waiter.done()

    happens(job, run)

    waiter.result(30)


@pytest.mark.parametrize("happens", [begins, is_asked_to_stop, is_renewed])
def test_a_waiter_sleeps_on_when_its_run(declare, waits, looks, happens):
    job = declare()
    run = in_flight(job)
    waiter = waits(run)

    happens(job, run)

    looked = len(looks)
    eventually(lambda: len(looks) > looked + 2)
    assert not waiter.done()


def test_a_run_that_was_seen_queued_wakes_when_it_is_claimed(declare, waits, looks):
    job = declare()
    run = in_flight(job, state=State.QUEUED, attempt=1)
    waiter = waits(run)
    eventually(lambda: looks)
    assert not waiter.done()

    runs.claim(Claim(job, NOON, Trigger("http"), begin=True), run, moment=Moment(timezone.now()))

    waiter.result(30)


def test_each_waiter_is_woken_by_its_own_run(declare, waits, looks):
    job = declare(overlap="allow")
    first, second = (in_flight(job, NOON.replace(hour=hour)) for hour in (1, 2))
    woken, asleep = waits(first), waits(second)

    ends(job, first)

    woken.result(30)
    looked = len(looks)
    eventually(lambda: len(looks) > looked + 1)
    assert not asleep.done()


def test_the_time_that_a_test_passes_in_decides_whether_a_lease_is_over(declare, waits, looks):
    run = in_flight(declare(), lease_expires_at=later(seconds=30))
    alive, dead = waits(run, now=later(seconds=29)), waits(run, now=later(seconds=31))

    dead.result(30)

    assert not alive.done()


def test_a_run_that_lives_in_this_process_is_not_over_with_its_lease(declare, waits, looks, monkeypatch):
    """A locked SQLite keeps its heartbeat waiting: who waits for it must not turn in circles."""
    run = in_flight(declare(), state=State.RUNNING, lease_expires_at=timezone.now() - timedelta(minutes=1))
    monkeypatch.setattr(heartbeat.heartbeat, "holds", lambda *attempt: attempt == (run.pk, run.attempt))
    waiter = waits(run)

    eventually(lambda: len(looks) > 2)

    assert not waiter.done()


def test_a_run_that_ends_in_this_process_wakes_without_a_look(declare, toy, background, monkeypatch):
    monkeypatch.setattr(waiting, "LOOK_EVERY", 60)
    job = declare()
    begun, release = Event(), Event()
    toy(lambda command, **options: (begun.set(), release.wait(20)))
    holder = background(lambda: trigger(job), waits=False)
    assert begun.wait(30)
    waiter = background(lambda: trigger(job, wait=50))

    release.set()

    assert waiter.result(30).outcome == "already_succeeded"
    assert holder.result(30).outcome == "succeeded"


def test_a_waiter_is_woken_soon_after_the_end(declare, waits, monkeypatch):
    monkeypatch.undo()  # at the pace of production
    job = declare()
    run = in_flight(job)
    waiter = waits(run)

    ends(job, run)
    ended = time.monotonic()
    waiter.result(30)

    assert time.monotonic() - ended < 10
    assert waiting.LOOK_EVERY <= 0.5


# -- what is answered then --------------------------------------------------------------------


def test_a_waiting_duplicate_takes_over_when_its_run_is_handed_back(declare, background):
    """Pain 16: a deploy cuts the run; who waits for it starts the next attempt at once."""
    job = declare()
    run = in_flight(job, RECENT, state=State.RUNNING)
    waiter = background(lambda: trigger(job, now=None, wait=50))

    back = Ending(State.FAILED, Reason.INTERRUPTED, finished_at=timezone.now())
    runs.finish(lease_of(run), back, job, moment=Moment(timezone.now()))

    result = waiter.result(30)
    assert (result.outcome, result.run.attempt) == ("succeeded", 2)


def test_a_process_told_to_stop_lets_its_waiters_go(declare, background):
    """Pain 16: nobody's wait keeps a server from exiting."""
    job = declare()
    run = in_flight(job, RECENT, state=State.RUNNING)
    waiter = background(lambda: trigger(job, now=None, wait=50))

    drain.begin(60)

    result = waiter.result(30)
    assert (result.outcome, result.run.id, result.run.attempt) == ("already_running", run.pk, 1)


def test_a_process_told_to_stop_starts_no_run_for_who_waited(declare, background, monkeypatch):
    """Pain 16: the run that it hands back is for another host."""
    monkeypatch.setattr(waiting, "LOOK_EVERY", 60)
    job = declare()
    run = in_flight(job, RECENT, state=State.RUNNING)
    waiter = background(lambda: trigger(job, now=None, wait=50))
    back = Ending(State.FAILED, Reason.INTERRUPTED, finished_at=timezone.now())
    runs.finish(lease_of(run), back, job, moment=Moment(timezone.now()))

    drain.begin(60)
    waiters.wake(run.pk)

    assert waiter.result(30).outcome == "already_running"
    assert JobRun.objects.get().attempt == 1


def test_a_process_told_to_stop_does_not_begin_to_wait(declare, background, monkeypatch):
    monkeypatch.setattr(waiting, "LOOK_EVERY", 60)
    job = declare()
    in_flight(job, RECENT, state=State.RUNNING)
    drain.begin(60)

    assert background(lambda: trigger(job, now=None, wait=50)).result(30).outcome == "already_running"


# -- looks are for all of them: nobody asks by himself while nothing has changed ---------------


@pytest.fixture
def waited(monkeypatch):
    """Grows with every time that somebody begins to wait."""
    calls = []
    wait = waiters.wait
    monkeypatch.setattr(waiters, "wait", lambda seen, seconds: (calls.append(seen), wait(seen, seconds)))
    return calls


def test_a_duplicate_waits_once_for_a_run_that_stays_held(declare, waited):
    job = declare()
    stored_run(job, state=State.RUNNING)

    assert trigger(job, wait=0.2).outcome == "already_running"

    assert len(waited) == 1


def test_a_trigger_waits_once_for_its_own_attempt_that_stays_queued(declare, waited, monkeypatch):
    full = executors.Executor()
    monkeypatch.setattr(full, "submit", lambda job, lease: runs.park(lease, moment=Moment(timezone.now())))
    monkeypatch.setattr(executors, "load", lambda name: full)

    result = trigger(declare(), now=None, wait_own=0.2)

    assert (result.outcome, result.run.state) == ("accepted", State.QUEUED)
    assert len(waited) == 1
