"""What a receiver may do, and what it cannot harm."""

from __future__ import annotations

import dataclasses
import functools
import logging
import sys
import threading
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from jobs_api import current_run, signals
from jobs_api.database import bounds, budget
from jobs_api.execution.heartbeat import heartbeat
from jobs_api.models import JobPause, JobRun, State
from jobs_api.runs import events, transition_log
from tests.jobs_api.api.endpoints import bearer
from tests.jobs_api.execution.attempts import elsewhere, eventually
from tests.jobs_api.triggers.asking import RECENT, trigger

pytestmark = pytest.mark.django_db(transaction=True)

OF_A_RUN = (
    signals.run_claimed,
    signals.attempt_started,
    signals.attempt_finished,
    signals.trigger_answered,
)


@pytest.fixture
def job(declare, toy):
    toy(lambda command, **options: None)
    return declare(retry_backoff=0)


@pytest.mark.parametrize("signal", OF_A_RUN, ids=lambda signal: signal.name)
def test_a_receiver_that_raises_is_logged_once_and_harms_nothing(job, connect, heard, caplog, signal):
    def breaks(**fields):
        raise RuntimeError("a bug of the host's")

    connect(signal, breaks)
    assert trigger(job, now=None).outcome == "succeeded"
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.name == "jobs_api.signals"
    assert signal.name in record.getMessage()
    assert "breaks" in record.getMessage()
    assert record.exc_info
    assert len(heard.of(signal)) == 1


STRANGE = {
    "a partial, which has no name": functools.partial(lambda number, **fields: 1 / number, 0),
    "one that takes too few arguments": lambda sender: None,
}


@pytest.mark.parametrize("receiver", STRANGE.values(), ids=STRANGE)
def test_neither_does_a_strange_receiver(job, connect, heard, caplog, receiver):
    connect(signals.attempt_finished, receiver)
    assert trigger(job, now=None).outcome == "succeeded"
    assert len([record for record in caplog.records if record.name == "jobs_api.signals"]) == 1
    assert len(heard.of(signals.attempt_finished)) == 1


def test_an_async_receiver_is_called_too(job, connect):
    told = []

    async def note(state, **fields):
        told.append(state)

    connect(signals.attempt_finished, note)
    trigger(job, now=None)
    assert told == ["succeeded"]


@pytest.fixture(params=[False, True], ids=["plain", "ATOMIC_REQUESTS"])
def atomic(request, monkeypatch):
    """Whether the host wraps each request in a transaction."""
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", request.param)


@pytest.mark.usefixtures("atomic")
@pytest.mark.parametrize("signal", OF_A_RUN, ids=lambda signal: signal.name)
def test_what_a_signal_says_is_committed(api, job, connect, signal):
    """Another connection sees the row as the signal says."""
    states = {"run_claimed": "running", "attempt_started": "running"}
    seen = []

    def look(run, attempt, **fields):
        rows = JobRun.objects.filter(pk=run, attempt=attempt)
        elsewhere(lambda: seen.append(rows.values_list("state", flat=True).get()))

    connect(signal, look)
    assert api("POST", "/api/jobs/nightly/run").json()["outcome"] == "succeeded"
    assert seen == [states.get(signal.name, "succeeded")]


@pytest.mark.usefixtures("atomic", "job")
def test_so_is_a_pause(api, connect):
    seen = []
    connect(signals.job_paused, lambda **fields: elsewhere(lambda: seen.append(JobPause.objects.count())))
    assert api("POST", "/api/jobs/nightly/pause", headers=bearer("operate")).status_code == 200
    assert seen == [1]


def test_a_receiver_may_use_the_database_in_its_own_time(job, connect, settings, monkeypatch):
    """It is not bounded by what a request may wait for the database, and takes nothing of it."""
    settings.JOBS_API = {**settings.JOBS_API, "DATABASE_SECONDS": 30}
    passed = [0.0]
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + passed[0])
    for module in (bounds, budget):
        monkeypatch.setattr(module, "time", clock)

    def ask(run, **fields):
        passed[0] += 31
        JobRun.objects.filter(pk=run).update(note="seen by a receiver")

    connect(signals.run_claimed, ask)
    assert trigger(job, now=None).outcome == "succeeded"
    assert JobRun.objects.get().note == "seen by a receiver"


def leaves_a_block_open(**fields):
    transaction.atomic().__enter__()
    JobRun.objects.update(note="never committed")


def leaves_autocommit_off(**fields):
    transaction.set_autocommit(False)
    JobRun.objects.update(note="never committed")


def leaves_a_raw_transaction(**fields):
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
    JobRun.objects.update(note="never committed")


def breaks_a_transaction(**fields):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT no_such_column")


def closes_everything(**fields):
    connections.close_all()


BAD = (
    leaves_a_block_open,
    leaves_autocommit_off,
    leaves_a_raw_transaction,
    breaks_a_transaction,
    closes_everything,
)


@pytest.mark.parametrize("receiver", BAD, ids=lambda receiver: receiver.__name__)
@pytest.mark.parametrize("signal", OF_A_RUN, ids=lambda signal: signal.name)
def test_a_transaction_that_a_receiver_breaks_or_leaves_open_is_not_ours(job, connect, signal, receiver):
    connect(signal, receiver)
    assert trigger(job, now=None).outcome == "succeeded"
    seen = []
    elsewhere(lambda: seen.append(JobRun.objects.values_list("state", "note").get()))
    assert seen == [(State.SUCCEEDED, "")]
    assert not connection.in_atomic_block
    assert connection.get_autocommit()


@pytest.mark.parametrize("signal", [signals.run_claimed, signals.attempt_started], ids=lambda one: one.name)
def test_a_slow_receiver_does_not_let_a_lease_run_out_before_the_command_begins(
    job, connect, toy, settings, signal
):
    """Pain 4: else another trigger would start the command a second time."""
    # A heartbeat of an earlier test looks up to half a second later, and a slow machine takes a second.
    settings.JOBS_API = {**settings.JOBS_API, "LEASE_SECONDS": 2, "RENEW_SECONDS": 0.1}
    others = []

    def slow(**fields):
        time.sleep(2.2)
        elsewhere(lambda: others.append(trigger(job, now=None).outcome))

    connect(signal, slow)
    assert trigger(job, now=None).outcome == "succeeded"
    assert others == ["already_running"]
    assert JobRun.objects.get().attempt == 1


@pytest.mark.parametrize("signal", [signals.run_claimed, signals.attempt_started], ids=lambda one: one.name)
def test_a_command_is_not_begun_whose_lease_was_lost_while_receivers_were_called(
    job, connect, toy, settings, signal
):
    """Pain 6: the database was away, say, and another host has the run by now."""
    settings.JOBS_API = {**settings.JOBS_API, "LEASE_SECONDS": 0.6, "RENEW_SECONDS": 0.1}
    begun = []
    toy(lambda command, **options: begun.append(True))

    def taken_over(**fields):
        JobRun.objects.update(attempt=2, holder="another:1")
        time.sleep(0.8)

    connect(signal, taken_over)
    assert trigger(job, now=None).outcome == "already_running"
    assert begun == []
    assert JobRun.objects.get().attempt == 2


@pytest.mark.parametrize("signal", [signals.run_claimed, signals.attempt_started], ids=lambda one: one.name)
def test_a_receiver_that_hangs_does_not_hold_the_slot_beyond_the_time_of_the_job(
    declare, connect, toy, settings, signal
):
    """Pain 7: as with a command that cannot be killed, the lease ends, and another attempt may begin."""
    settings.JOBS_API = {**settings.JOBS_API, "LEASE_SECONDS": 1, "RENEW_SECONDS": 0.1}
    job, performed, others = declare(timeout=0.3), [], []
    unhurried = dataclasses.replace(job, timeout=60)
    toy(lambda command, **options: performed.append(current_run().attempt))

    def taken_over():
        others.append(elsewhere(lambda: trigger(unhurried, now=None).outcome))
        return others[-1] == "succeeded"

    def hangs(attempt, **fields):
        if attempt == 1:  # its last renewal may come late, so it is asked until the lease is over
            eventually(taken_over)

    connect(signal, hangs)
    trigger(job, now=None)
    assert set(others[:-1]) <= {"already_running"}
    assert performed == [2]


def test_a_receiver_may_trigger_another_job(declare, toy, connect, heard):
    """A chain: what a host builds first of all."""
    toy(lambda command, **options: None)
    first, second = declare("first"), declare("second")
    declare("first")

    def follow(job, state, **fields):
        if job == "first" and state == "succeeded":
            trigger(second, now=None)

    connect(signals.attempt_finished, follow)
    assert trigger(first, now=None).outcome == "succeeded"
    assert sorted(JobRun.objects.values_list("job_name", "state")) == [
        ("first", "succeeded"),
        ("second", "succeeded"),
    ]
    assert [one["job"] for one in heard.of(signals.trigger_answered)] == ["second", "first"]


@pytest.mark.parametrize("signal", OF_A_RUN, ids=lambda signal: signal.name)
def test_a_receiver_that_exits_does_not_take_the_process_along(job, connect, caplog, signal):
    """`call_command("jobs_run", ...)` in a receiver: it exits with 1 where that job fails."""

    def leaves(**fields):
        sys.exit(1)

    connect(signal, leaves)
    assert trigger(job, now=None).outcome == "succeeded"
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert signal.name in record.getMessage()
    assert "SystemExit" in record.getMessage()


def test_an_interruption_while_receivers_are_called_is_passed_on(job, connect):
    """Pain 15: a server that stops its worker by raising must not be swallowed."""

    def interrupted(**fields):
        raise KeyboardInterrupt

    connect(signals.trigger_answered, interrupted)
    with pytest.raises(KeyboardInterrupt):
        trigger(job, now=None)
    assert JobRun.objects.get().state == State.SUCCEEDED


def test_signals_cost_no_statement(job, heard):
    trigger(job, now=None, run_date=RECENT - timedelta(hours=2))  # from now on this process is warm
    with CaptureQueriesContext(connection) as told:
        trigger(job, now=None, run_date=RECENT)
    for signal in signals.ALL:
        signal.disconnect(heard)
    with CaptureQueriesContext(connection) as untold:
        trigger(job, now=None, run_date=RECENT - timedelta(hours=1))
    assert len(told) == len(untold) == 3


def test_a_receiver_in_another_thread_of_execution_sees_the_caller_s_thread(job, connect):
    """Receivers run where the event happens: inline in the request's own thread."""
    threads = []
    connect(signals.attempt_finished, lambda **fields: threads.append(threading.current_thread()))
    trigger(job, now=None)
    assert threads == [threading.current_thread()]


def test_a_database_that_goes_away_while_queued_runs_are_told_loses_no_backfill(declare, heard, monkeypatch):
    declare(schedule="0 * * * *")

    def away():
        raise OperationalError("gone")

    monkeypatch.setattr(events, "rows", away)
    call_command("jobs_backfill", "nightly", "2026-11-20T00:00:00Z", "2026-11-20T02:00:00Z")
    assert JobRun.objects.count() == 2
    assert heard.names == []


def test_a_receiver_of_ours_needs_no_heartbeat_before_the_command(job, monkeypatch):
    """It only notes the event: to watch its lease meanwhile would cost each start a thread's turn."""
    monkeypatch.setattr(transition_log.logger, "disabled", True)  # else handlers of the host are called
    noted, watched = [], []

    def note(**event):
        noted.append(event["job"])

    def watching(beat):
        watched.append(len(noted))
        return heartbeat_watching(beat)

    heartbeat_watching = heartbeat.watching
    monkeypatch.setattr(heartbeat, "watching", watching)
    signals.attempt_started.connect_ours(note)
    try:
        trigger(job, now=None)
    finally:
        signals.attempt_started.disconnect_ours(note)
    assert (noted, watched) == (["nightly"], [1])
    trigger(job, now=None, run_date=RECENT - timedelta(days=1))
    assert noted == ["nightly"]
