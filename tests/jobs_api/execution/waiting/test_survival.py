"""A wait outlives a database that goes and comes back, a bug in a look, and a fork."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import OperationalError, connection, connections
from django.utils import timezone

from jobs_api.execution import waiting
from jobs_api.execution.waiting import waiters
from jobs_api.models import JobRun, State
from tests.conftest import stored_run
from tests.jobs_api.execution.attempts import eventually
from tests.jobs_api.management.processes import environment
from tests.jobs_api.triggers.asking import RECENT, trigger

from .conftest import threads, watch

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("often")]

ENDED = {"state": State.SUCCEEDED, "held_job": None, "lease_expires_at": None}


@pytest.fixture
def run(declare):
    expires = timezone.now() + timedelta(hours=1)
    return stored_run(declare(), RECENT, state=State.RUNNING, lease_expires_at=expires)


def test_a_database_that_is_away_for_a_while_loses_no_waiter(run, waits, looks, monkeypatch, caplog):
    """Pain 23: the connection is made anew, and the log says it once."""
    answer, failed = waiting._standing, []

    def away(watches):
        failed.append(watches)
        raise OperationalError("the database is away")

    monkeypatch.setattr(waiting, "_standing", away)
    with caplog.at_level(logging.WARNING, logger="jobs_api.execution.background"):
        waiter = waits(run)
        eventually(lambda: len(failed) > 3)
    JobRun.objects.update(**ENDED)
    assert not waiter.done()

    monkeypatch.setattr(waiting, "_standing", answer)

    waiter.result(30)
    assert len(caplog.records) == 1


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="needs a server that cuts connections")
def test_a_connection_that_was_cut_is_made_anew(run, waits, looks):
    """Pain 23: a server that restarted, or a proxy that drops what is idle."""
    waiter = waits(run)
    eventually(lambda: looks)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    looked = len(looks)
    eventually(lambda: len(looks) > looked)
    assert not waiter.done()

    JobRun.objects.update(**ENDED)

    waiter.result(30)


def test_what_nobody_can_look_at_ends_with_the_time_of_the_wait(declare, run, monkeypatch):
    def away(watches):
        raise OperationalError("the database is away")

    monkeypatch.setattr(waiting, "_standing", away)

    assert trigger(declare(), now=None, run_date=RECENT, wait=0.2).outcome == "already_running"


def test_a_thread_that_meets_something_unexpected_goes_on(run, waits, monkeypatch):
    def breaks(watches):
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(waiting, "_standing", breaks)
        waiter = waits(run)
        eventually(lambda: waiters.failing)
    JobRun.objects.update(**ENDED)

    waiter.result(30)


def test_who_comes_while_the_thread_is_ending_gets_another(run, waits, monkeypatch):
    ending, go_on = threading.Event(), threading.Event()
    close_all = connections.close_all
    monkeypatch.setattr(connections, "close_all", lambda: (ending.set(), go_on.wait(20), close_all()))
    waiters.wait(watch(run), 0.01)
    assert ending.wait(30)
    waiter = waits(run)
    JobRun.objects.update(**ENDED)
    try:
        eventually(lambda: not waiters._watches)
    finally:
        go_on.set()
    waiter.result(30)


def test_the_thread_does_not_keep_a_process_from_ending(run, waits):
    waits(run)
    assert [thread.daemon for thread in threads()] == [True]


def test_a_wait_that_is_broken_off_leaves_nobody_behind(run):
    """Pain 15: gunicorn ends a worker by raising in its main thread."""

    def stop(seconds):
        raise SystemExit

    with pytest.raises(SystemExit):
        waiters.wait(watch(run, woken=SimpleNamespace(wait=stop, set=lambda: None)), 60)

    assert not waiters._watches


def test_where_no_thread_can_start_a_wait_lasts_its_time_and_leaves_nobody_behind(run, monkeypatch):
    def full(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", full)
    watched, started = watch(run), time.monotonic()
    waiters.wait(watched, 0.2)

    assert time.monotonic() - started >= 0.2
    assert not waiters._watches


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_waits_with_a_thread_of_its_own(run):
    child = [sys.executable, "-m", "tests.jobs_api.execution.waiting.forking", str(run.pk)]
    done = subprocess.run(
        child, env=environment(), cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
