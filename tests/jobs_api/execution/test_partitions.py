"""A holder that cannot reach the database knows by its own clock when its lease may be over."""

from __future__ import annotations

import dataclasses
import time

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from jobs_api import RunStopped, current_run, runs
from jobs_api.exceptions import LeaseLost
from jobs_api.execution import drain, file_locks
from jobs_api.execution.current import CurrentRun
from jobs_api.execution.heartbeat import Beat, heartbeat
from jobs_api.execution.perform import perform
from jobs_api.models import JobRun, Reason, State
from jobs_api.runs import sql
from jobs_api.runs.output import Output
from jobs_api.runs.types import Trigger
from jobs_api.triggers.dispatch import Request, dispatch
from jobs_api.worker.in_child import SupervisedRun
from jobs_api.worker.shared_memory import SharedMemory
from tests.conftest import NOON

from .attempts import begun, eventually, heartbeat_threads, raising
from .beats import PAST, lease_of, running, stop_of
from .cut_off import FAULTS, partition

pytestmark = pytest.mark.django_db(transaction=True)
REAPED = {"state": State.FAILED, "held_job": None, "lease_expires_at": None}
on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="needs SQLite")


@pytest.fixture
def short_leases(settings, monkeypatch, heart):
    """Half a second, renewed by a heartbeat of its own."""
    settings.JOBS_API = {**settings.JOBS_API, "LEASE_SECONDS": 0.5, "RENEW_SECONDS": 0.05}
    monkeypatch.setattr("jobs_api.execution.attempt.heartbeat", heart)


# -- check() ----------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", FAULTS)
def test_check_raises_when_the_lease_may_be_over_though_nobody_can_be_asked(
    declare, toy, monkeypatch, short_leases, fault
):
    """Else it works on beside the attempt that another host has started meanwhile."""
    stopped = []
    with partition(monkeypatch, fault) as cut:

        def behave(command, **options):
            cut.begin()
            try:
                eventually(lambda: current_run().check(), seconds=5)
            except RunStopped as stop:
                stopped.append((stop.reason, time.monotonic()))
                raise
            finally:
                cut.end()

        toy(behave)
        job = declare()
        lease = begun(job)
        ending = perform(job, lease)

    reason, at = stopped[0]
    assert (reason, at - lease.sent_at >= 0.5) == ("lost", True)
    run = JobRun.objects.get()
    assert (ending.state, run.state, run.reason, run.tries) == (State.FAILED, State.FAILED, Reason.LOST, 1)
    assert run.next_attempt_at is not None


def raising_operational_error(leases):
    raise OperationalError("cut off")


def test_each_renewal_puts_off_when_the_lease_may_be_over(declare, heart):
    beat = running(declare())
    first = beat.run.held_until
    with heart.watching(beat):
        eventually(lambda: beat.run.held_until > first + 0.1)
    assert stop_of(beat) is None


def test_a_lease_is_counted_from_before_it_was_asked_for(declare, monkeypatch):
    """A claim may wait for a lock or a network: the database's clock has begun to count by then."""
    job = declare()
    sent = []
    insert = sql.insert
    monkeypatch.setattr(
        sql, "insert", lambda *args, **named: sent.append(time.monotonic()) or insert(*args, **named)
    )

    lease = begun(job)

    assert lease.sent_at <= sent[0]
    run = CurrentRun(attempt=1)
    Beat(dataclasses.replace(lease, sent_at=time.monotonic() - 31), run, Output(10)).run.held_for = None
    with pytest.raises(RunStopped, match="lost"):
        run.check()


def test_what_was_told_that_its_lease_is_lost_is_not_renewed_any_more(declare, heart, monkeypatch):
    """One answer: a command that tidies up must not find itself the holder again."""
    beat = running(declare())
    beat.run.held_until, beat.run.held_for = time.monotonic() - 1, None
    assert stop_of(beat) == "lost"

    heart._renew([beat])

    assert (lease_of(beat), stop_of(beat)) == (PAST, "lost")


def test_a_command_hears_of_a_shutdown_while_the_heartbeat_hangs():
    run = CurrentRun(attempt=1)
    drain.begin(0)

    with pytest.raises(RunStopped, match="interrupted"):
        run.check()


def test_a_supervised_command_knows_it_too_where_its_supervisor_is_frozen():
    memory = SharedMemory()
    run = SupervisedRun(attempt=1)
    run.memory = memory
    run.check()
    memory.held_until = time.monotonic() + 60
    run.check()

    memory.held_until = time.monotonic() - 0.1

    with pytest.raises(RunStopped, match="lost"):
        run.check()


# -- renewing ---------------------------------------------------------------------------------


def test_a_renewal_that_came_too_late_renews_only_what_still_stands(declare, heart):
    job = declare(overlap="allow")
    taken, standing = running(job), running(job, NOON.replace(hour=1))
    before = taken.renewed = standing.renewed = time.monotonic() - 60
    JobRun.objects.filter(pk=taken.lease.run_id).update(attempt=2)

    heart._renew([taken, standing])

    assert (taken.renewed, stop_of(taken)) == (before, "lost")
    assert standing.renewed > before
    assert stop_of(standing) is None


def test_a_renewal_that_came_too_late_is_none_where_it_cannot_be_seen_which(declare, heart, monkeypatch):
    beat = running(declare())
    before = beat.renewed = time.monotonic() - 60
    JobRun.objects.update(attempt=2)
    monkeypatch.setattr(heart, "_look", raising(OperationalError("cut off again")))

    with pytest.raises(OperationalError):
        heart._renew([beat])

    assert beat.renewed == before


def test_a_heartbeat_that_hangs_does_not_hold_up_the_runs_that_begin_later(
    declare, heart, monkeypatch, settings
):
    """A route that is gone gives no answer, for as long as the system's patience lasts."""
    settings.JOBS_API = {**settings.JOBS_API, "LEASE_SECONDS": 1.5}
    job = declare(overlap="allow")
    before = heartbeat_threads()
    with partition(monkeypatch, FAULTS[1]) as cut, heart.watching(running(job)):
        cut.begin()
        eventually(lambda: cut.hanging)
        (hanging,) = heartbeat_threads() - before
        time.sleep(1.7)
        with monkeypatch.context() as meanwhile:  # only the heartbeat is cut off
            meanwhile.setattr(cut, "meet", lambda: None)
            later = running(job, NOON.replace(hour=1))
        with heart.watching(later):
            assert len(heartbeat_threads() - before) == 2
            cut.end()
            eventually(lambda: lease_of(later) > PAST)
            hanging.join(10)
            assert not hanging.is_alive()


# -- who may take the slot --------------------------------------------------------------------


def trigger_beside(declare, monkeypatch, **of_the_run):
    """A trigger, in the process of an attempt whose lease is over by both clocks and was not renewed."""
    monkeypatch.setattr(runs, "renew", raising_operational_error)
    job = declare()
    lease = dataclasses.replace(begun(job, timezone.now()), sent_at=time.monotonic() - 31)
    JobRun.objects.update(lease_expires_at=PAST)
    beat = Beat(lease, CurrentRun(attempt=1), Output(10))
    vars(beat.run).update(of_the_run)
    with heartbeat.watching(beat):
        return dispatch(Request(job, lease.run_date, Trigger("http")))


def test_an_attempt_whose_lease_is_over_does_not_hide_its_slot_from_its_own_process(declare, monkeypatch):
    result = trigger_beside(declare, monkeypatch, held_for=None)  # None on a database that locks no one out

    assert (result.outcome, result.run.attempt) == ("succeeded", 2)


@on_sqlite
def test_an_attempt_that_may_be_locked_out_is_not_taken_over_by_its_own_process(declare, monkeypatch):
    assert trigger_beside(declare, monkeypatch).outcome == "already_running"


# -- SQLite's lock ----------------------------------------------------------------------------


@on_sqlite
def test_a_command_that_holds_the_lock_itself_does_not_lose_its_lease(declare, toy, short_leases):
    def behave(command, **options):
        until = time.monotonic() + 0.8
        with transaction.atomic():
            JobRun.objects.create(job_name="x", run_date=NOON, state=State.QUEUED, created_at=NOON)
            while time.monotonic() < until:
                current_run().check()
                time.sleep(0.02)
        current_run().check()

    toy(behave)
    job = declare()

    assert perform(job, begun(job)).state == State.SUCCEEDED


@on_sqlite
def test_a_lease_that_nobody_could_renew_is_renewed_when_the_command_asks(declare):
    lease = begun(declare())
    JobRun.objects.update(lease_expires_at=PAST)

    assert file_locks.held_for(lease) == 30
    assert JobRun.objects.get().lease_expires_at > timezone.now()


@on_sqlite
@pytest.mark.parametrize("change", [{}, {"attempt": 2}], ids=["it stands", "it was taken before"])
def test_while_the_file_is_locked_reading_tells_whether_the_lease_stands(declare, change):
    lease = begun(declare())
    JobRun.objects.update(lease_expires_at=PAST, **change)
    with transaction.atomic():
        JobRun.objects.update(note="this takes the lock")

        assert file_locks.held_for(lease) == (0 if change else file_locks.ASK_AGAIN)


@on_sqlite
@pytest.mark.parametrize(
    "change", [{"attempt": 2}, {"state": "failed", "held_job": None, "lease_expires_at": None}]
)
def test_a_lease_that_was_taken_is_lost_on_sqlite_too(declare, change):
    lease = begun(declare())
    JobRun.objects.update(**change)

    assert file_locks.held_for(lease) == 0


@on_sqlite
def test_a_file_that_cannot_be_read_is_no_lock(declare, monkeypatch):
    lease = begun(declare())

    def refuse(connection, lease):
        raise OperationalError("disk I/O error")

    monkeypatch.setattr(sql, "renew", refuse)

    assert file_locks.held_for(lease) == 0


# -- a process that stood still between its claim and its command -------------------------------


@pytest.fixture
def late(declare, toy):
    """``late()`` performs an attempt whose claim was answered a minute late; the calls of its command."""
    calls = []
    toy(lambda command, **options: calls.append(current_run().attempt))

    def of(change=None):
        lease = begun(declare())
        JobRun.objects.update(**{"lease_expires_at": PAST, **(change or {})})
        try:
            perform(declare(), dataclasses.replace(lease, sent_at=time.monotonic() - 60))
        except LeaseLost:
            calls.append("lost")
        return calls

    return of


def test_a_command_is_not_called_once_another_has_its_slot(late):
    """Where greenlets serve, another may compute between a claim and its answer."""
    assert late({"attempt": 2}) == ["lost"]


def test_a_command_is_not_called_once_its_attempt_is_closed(late):
    assert late(REAPED) == ["lost"]


def test_a_lease_that_nobody_has_taken_is_renewed_first(late):
    assert late() == [1]
    assert JobRun.objects.get().state == State.SUCCEEDED


def test_a_database_that_is_away_keeps_the_command_from_starting_late(late, monkeypatch):
    monkeypatch.setattr(runs, "renew", raising(OperationalError("away")))
    with pytest.raises(OperationalError):
        late()
    assert JobRun.objects.get().state == State.RUNNING


def test_a_claim_that_was_answered_in_time_costs_nothing_more(declare, monkeypatch):
    monkeypatch.setattr(runs, "renew", raising(AssertionError("a statement")))
    perform(declare(), begun(declare()))
