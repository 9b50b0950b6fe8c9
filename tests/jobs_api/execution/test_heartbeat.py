"""One thread per process keeps its runs alive, stores what they say, and tells them what was asked."""

import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone

from jobs_api import RunStopped, current_run, heartbeat, runs
from jobs_api.current import CurrentRun
from jobs_api.execution import perform
from jobs_api.heartbeat import Beat, Heartbeat
from jobs_api.models import JobRun
from jobs_api.output import Output
from tests.conftest import NOON
from tests.jobs_api.commands.processes import environment

from .attempts import begun, elsewhere, eventually, heartbeat_threads, output_of, raising

pytestmark = pytest.mark.django_db(transaction=True)
PAST = NOON.replace(year=2020)


@pytest.fixture
def heart(settings, monkeypatch):
    """A heartbeat of its own that beats fast; its thread has ended when the test has."""
    settings.JOBS_API = {**settings.JOBS_API, "LEASE_SECONDS": 30, "RENEW_SECONDS": 0.02}
    monkeypatch.setattr(heartbeat, "TICK", 0.002)
    monkeypatch.setattr(heartbeat, "STORE_EVERY", 0.02)
    before = heartbeat_threads()
    yield Heartbeat()
    for thread in heartbeat_threads() - before:
        thread.join(10)
        assert not thread.is_alive()


def running(job, run_date=NOON, **fields):
    """A run that lives in this process, its lease about to run out."""
    lease = begun(job, run_date)
    JobRun.objects.filter(pk=lease.run_id).update(lease_expires_at=PAST)
    current = CurrentRun(job_name=job.name, run_date=run_date, attempt=1, **fields)
    return Beat(lease, current, Output(1000))


def lease_of(beat):
    return JobRun.objects.get(pk=beat.lease.run_id).lease_expires_at


def stop_of(beat):
    """What the next check() of its command will raise."""
    try:
        beat.run.check()
    except RunStopped as stop:
        return stop.reason


# -- renewing ---------------------------------------------------------------------------------


def test_a_lease_is_renewed_as_long_as_its_run_lives(declare, heart):
    beat = running(declare())
    with heart.watching(beat):
        eventually(lambda: lease_of(beat) > PAST)
        first = lease_of(beat)
        eventually(lambda: lease_of(beat) > first)
    assert first > timezone.now()
    assert stop_of(beat) is None


def test_all_leases_are_renewed_by_one_statement(declare, heart, monkeypatch):
    job = declare(overlap="allow")
    beats = [running(job, NOON.replace(hour=hour)) for hour in range(5)]
    asked, renew = [], runs.renew

    def note(leases):
        asked.append(list(leases))
        return renew(asked[-1])

    monkeypatch.setattr(runs, "renew", note)
    with watching_all(heart, beats):
        for beat in beats:
            beat.renewed = time.monotonic() + 0.05  # due at the same moment
        eventually(lambda: all(lease_of(beat) > PAST for beat in beats))
    assert len(asked[0]) == 5


@contextmanager
def watching_all(heart, beats):
    if not beats:
        yield
        return
    with heart.watching(beats[0]), watching_all(heart, beats[1:]):
        yield


def test_renewing_costs_one_statement_however_many_leases(declare, django_assert_num_queries):
    job = declare(overlap="allow")
    beats = [running(job, NOON.replace(hour=hour)) for hour in range(5)]
    with django_assert_num_queries(1):
        assert runs.renew(beat.lease for beat in beats) == 5


def test_a_process_has_one_thread_for_all_its_runs(declare, heart):
    job = declare(overlap="allow")
    before = heartbeat_threads()
    with watching_all(heart, [running(job, NOON.replace(hour=hour)) for hour in range(5)]):
        assert len(heartbeat_threads() - before) == 1


def test_at_the_timeout_renewal_stops_so_that_the_lease_ends_the_run(declare, heart):
    job = declare(overlap="allow")
    over, alive = running(job, NOON, timeout=0), running(job, NOON.replace(hour=1))
    with heart.watching(over), heart.watching(alive):
        eventually(lambda: lease_of(alive) > PAST)
        assert lease_of(over) == PAST
        assert heart.holds(*alive.key)
        assert not heart.holds(*over.key)


def test_a_run_that_has_ended_is_not_held_any_more(declare, heart):
    beat = running(declare())
    with heart.watching(beat):
        assert heart.run_ids() == [beat.lease.run_id]
        assert heart.holds(beat.lease.run_id, 1)
        assert not heart.holds(beat.lease.run_id, 2)
    assert heart.run_ids() == []


# -- what was asked of a run ------------------------------------------------------------------


def test_a_cancel_reaches_the_command(declare, heart):
    beat = running(declare())
    with heart.watching(beat):
        runs.cancel(JobRun.objects.get(), actor="somebody", at=timezone.now())
        eventually(lambda: stop_of(beat) == "cancelled")


@pytest.mark.parametrize(
    "change", [{"attempt": 2}, {"state": "failed", "held_job": None, "lease_expires_at": None}]
)
def test_a_lost_lease_reaches_the_command(declare, heart, change):
    beat = running(declare())
    with heart.watching(beat):
        JobRun.objects.update(**change)
        eventually(lambda: stop_of(beat) == "lost")


def test_a_run_that_was_pruned_is_lost(declare, heart):
    beat = running(declare())
    with heart.watching(beat):
        JobRun.objects.all().delete()
        eventually(lambda: stop_of(beat) == "lost")


def test_a_command_that_checks_ends_when_a_cancel_is_asked(declare, toy, settings, monkeypatch, heart):
    monkeypatch.setattr("jobs_api.execution.heartbeat", heart)

    def behave(command, **options):
        elsewhere(lambda: runs.cancel(JobRun.objects.get(), actor="somebody", at=timezone.now()))
        eventually(lambda: current_run().check())

    toy(behave)
    job = declare()
    assert perform(job, begun(job)).state == "cancelled"
    run = JobRun.objects.get()
    assert (run.state, run.reason, run.tries, run.note) == (
        "cancelled",
        "cancelled",
        0,
        "cancel asked by somebody",
    )


# -- what a run says meanwhile ----------------------------------------------------------------


def test_output_and_progress_can_be_read_elsewhere_while_the_command_runs(declare, toy, monkeypatch, heart):
    monkeypatch.setattr("jobs_api.execution.heartbeat", heart)
    seen = []

    def behave(command, **options):
        for number in (1, 2):
            print(f"line {number}")
            current_run().progress(number, 2)
            eventually(lambda: elsewhere(lambda: JobRun.objects.get().progress_done) == number)  # noqa: B023
            seen.append(elsewhere(lambda: output_of(JobRun.objects.get())))

    toy(behave)
    job = declare()
    perform(job, begun(job))
    assert seen == ["line 1\n", "line 1\nline 2\n"]


def test_nothing_is_stored_where_nothing_was_said(declare, heart, monkeypatch):
    stored = []
    monkeypatch.setattr(runs, "record_progress", lambda lease, **said: stored.append(said))
    beat = running(declare())
    with heart.watching(beat):
        beat.output.write(b"said")
        eventually(lambda: stored)
        looked = beat.looked
        eventually(lambda: beat.looked > looked + 0.1)
    assert len(stored) == 1


# -- the database comes and goes ----------------------------------------------------------------


def test_a_database_that_does_not_take_a_heartbeat_is_tried_again(declare, heart, monkeypatch):
    renew, refused = runs.renew, []

    def refuse_twice(leases):
        if len(refused) < 2:
            refused.append(1)
            raise OperationalError("database is locked")
        return renew(leases)

    monkeypatch.setattr(runs, "renew", refuse_twice)
    beat = running(declare())
    with heart.watching(beat):
        eventually(lambda: lease_of(beat) > PAST)
    assert len(refused) == 2
    assert stop_of(beat) is None


@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
def test_a_heartbeat_whose_connection_was_terminated_makes_another(declare, heart):
    beat = running(declare())
    with heart.watching(beat):
        for _ in range(3):
            eventually(lambda: lease_of(beat) > PAST)
            connection.cursor().execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            JobRun.objects.update(lease_expires_at=PAST)
    assert stop_of(beat) is None


# -- the thread -------------------------------------------------------------------------------


def test_the_thread_ends_when_idle_and_comes_back_with_the_next_run(declare, heart):
    job = declare(overlap="allow")
    before = heartbeat_threads()
    with heart.watching(running(job)):
        (first,) = heartbeat_threads() - before
    first.join(10)
    beat = running(job, NOON.replace(hour=1))
    with heart.watching(beat):
        (second,) = heartbeat_threads() - before
        eventually(lambda: lease_of(beat) > PAST)
    assert first is not second


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_died_of_something_unexpected_is_replaced_by_the_next_run(declare, heart, monkeypatch):
    job = declare(overlap="allow")
    before = heartbeat_threads()
    with monkeypatch.context() as patch, heart.watching(running(job)):
        patch.setattr(runs, "renew", raising(RuntimeError("a bug")))
        (dead,) = heartbeat_threads() - before
        dead.join(10)
    beat = running(job, NOON.replace(hour=1))
    with heart.watching(beat):
        eventually(lambda: lease_of(beat) > PAST)


def test_the_thread_does_not_keep_a_process_from_ending(declare, heart):
    with heart.watching(running(declare())):
        assert all(thread.daemon for thread in heartbeat_threads())


def test_many_runs_at_once_leave_nothing_behind(declare, heart):
    job = declare(overlap="allow")
    beats = [running(job, NOON.replace(minute=minute)) for minute in range(8)]
    together = threading.Barrier(8)

    def live(beat):
        together.wait(10)
        for _ in range(50):
            with heart.watching(beat):
                assert heart.holds(*beat.key)

    threads = [threading.Thread(target=live, args=[beat]) for beat in beats]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heart.run_ids() == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_has_a_heartbeat_of_its_own(declare):
    job = declare(overlap="allow")
    runs_of_two = [str(begun(job, NOON.replace(hour=hour)).run_id) for hour in (0, 1)]
    JobRun.objects.update(lease_expires_at=PAST)
    child = [sys.executable, "-m", "tests.jobs_api.execution.forking", *runs_of_two]
    done = subprocess.run(
        child, env=environment(), cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert not JobRun.objects.filter(lease_expires_at=PAST).exists()
