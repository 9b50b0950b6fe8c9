"""What waiting costs the database: a statement three times a second, and one connection for it."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection, connections, transaction
from django.db.backends.signals import connection_created
from django.utils import timezone

from jobs_api.execution import waiting
from jobs_api.execution.heartbeat import heartbeat
from jobs_api.execution.waiting import Waiters, waiters
from jobs_api.models import JobRun, State
from tests.conftest import stored_run
from tests.jobs_api.execution.attempts import eventually
from tests.jobs_api.triggers.asking import RECENT, trigger

from .conftest import threads, watch

pytestmark = pytest.mark.django_db(transaction=True)


def held_run(job):
    expires = timezone.now() + timedelta(hours=1)
    return stored_run(job, RECENT, state=State.RUNNING, lease_expires_at=expires)


@pytest.fixture
def statements():
    """When the thread that looks has asked the database."""
    asked = []

    def note(execute, sql, params, many, context):
        asked.append(time.monotonic())
        return execute(sql, params, many, context)

    def connected(connection, **kwargs):
        if threading.current_thread().name == "jobs_api-waiting":
            connection.execute_wrappers.append(note)

    connection_created.connect(connected)
    yield asked
    connection_created.disconnect(connected)


def sessions():
    """The connections that PostgreSQL has for this test; one that was closed is there for a moment longer."""
    if connection.vendor != "postgresql":
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_type = 'client backend'"
        )
        return {pid for (pid,) in cursor.fetchall()}


def test_twenty_who_wait_share_one_thread_one_connection_and_three_statements_a_second(
    declare, background, statements, settings
):
    settings.JOBS_API = {**settings.JOBS_API, "WAITING_LIMIT": 21}
    job = declare()
    held_run(job)
    heartbeat.rest()  # an earlier test's may still have a connection
    before = sessions()
    theirs = []

    def wait():
        theirs.append(connections["default"])
        return trigger(job, now=None, wait=60).outcome

    waiting_ones = [background(wait) for _ in range(20)]
    eventually(lambda: statements)
    began, asked = time.monotonic(), len(statements)
    time.sleep(1.1)
    eventually(lambda: len(statements) > asked)
    asked, seconds = len(statements) - asked, time.monotonic() - began

    assert [conn.connection for conn in theirs] == [None] * 20
    assert len(threads()) == 1
    assert 1 <= asked <= 3 * seconds + 1
    if connection.vendor == "postgresql":
        eventually(lambda: len(sessions() - before) == 1)
    JobRun.objects.update(state=State.SUCCEEDED, held_job=None, lease_expires_at=None)
    assert [each.result(30) for each in waiting_ones] == ["already_succeeded"] * 20


def test_two_hundred_waiters_for_as_many_runs_are_one_statement(declare, django_assert_num_queries):
    run = held_run(declare())
    watches = [watch(run)] + [waiting.Watch(run.pk + number, 1, False) for number in range(1, 200)]
    all_of_them = Waiters()
    all_of_them._watches.update(watches)

    with django_assert_num_queries(1):
        all_of_them.turn()

    assert [each.woken.is_set() for each in watches] == [False] + [True] * 199


def test_looks_do_not_come_faster_where_waits_are_short(declare, statements):
    run = held_run(declare())
    until = time.monotonic() + 0.8

    def wait_again_and_again():
        while time.monotonic() < until:
            waiters.wait(watch(run), 0.05)

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(wait_again_and_again) for _ in range(4)]:
            future.result(10)

    gaps = [later - earlier for earlier, later in pairwise(statements)]
    assert all(gap >= 0.3 for gap in gaps)


def test_nobody_waits_and_there_is_neither_thread_nor_connection(declare):
    run = held_run(declare())
    before = sessions()

    waiters.wait(watch(run), 0.5)

    eventually(lambda: not threads())
    eventually(lambda: len(sessions()) <= len(before))  # this thread's own is another one now


def test_a_transaction_that_is_open_is_left_alone(declare):
    run = held_run(declare())
    with transaction.atomic():
        JobRun.objects.update(note="not committed yet")
        waiters.wait(watch(run), 0.02)
        assert connection.connection is not None
    assert JobRun.objects.get().note == "not committed yet"


@pytest.fixture
def others(tmp_path):
    """Two more databases, to which this thread is connected."""
    aliases = {"idle", "busy"}
    for alias in aliases:
        engine = {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / alias, "OPTIONS": {}}
        connections.settings[alias] = {**connections.settings["default"], **engine}
        connections[alias].connect()
    yield aliases
    for alias in aliases:
        connections[alias].close()
        del connections[alias], connections.settings[alias]


def test_connections_to_other_databases_are_closed_too_unless_they_are_in_a_transaction(declare, others):
    run = held_run(declare())
    with transaction.atomic("busy"):
        waiters.wait(watch(run), 0.02)
        opened = {alias for alias in others if connections[alias].connection is not None}

    assert opened == {"busy"}
