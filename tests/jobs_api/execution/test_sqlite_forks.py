"""A process that was forked while SQLite had its file open: what it commits could be lost, so it is refused.

Pain 18: a command's own processes work on the data of the host.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing, contextmanager

import pytest
from django.db import connection

from jobs_api.models import JobRun, Reason, State
from tests.jobs_api.worker.supervising import supervised
from tests.toys.child.start import start

from .attempts import output_of

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="a server gives each process its own session"),
]
SAID = "SQLite does not survive a fork"


@pytest.mark.parametrize(
    ("say", "status", "stored"),
    [("open", 1, 0), ("in a transaction", 1, 0), ("closed", 0, 1), ("silent", 0, 0)],
)
def test_an_inline_command_closes_its_connections_before_what_it_forks_may_use_them(
    declare, say, status, stored
):
    """What is refused is told: before, the commit was lost where its parent ended first."""
    job = declare(options={"behave": "forks_and_stores", "say": say})

    told, logged = start("jobs_run", job.name, jobs=[job]).communicate(timeout=60)

    run = JobRun.objects.get(job_name=job.name)
    assert (run.state, output_of(run)) == (State.SUCCEEDED, f"child: {status}\n"), told + logged
    assert JobRun.objects.filter(job_name="stored").count() == stored
    assert (SAID in logged) is bool(status)


@contextmanager
def another_thread():
    """Somebody else in the worker has the database open."""
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as other:
        other.execute("SELECT count(*) FROM jobs_api_jobrun").fetchall()
        yield


@contextmanager
def living_cursor():
    """A task before has not read all that it had asked for: its connection stays open when it is closed."""
    with connection.cursor() as cursor:
        rows = cursor.connection.execute("SELECT id FROM django_migrations")
        rows.fetchone()
    yield
    del rows


@contextmanager
def thread_that_has_ended():
    """Nobody has closed its connection."""
    thread = threading.Thread(target=JobRun.objects.count)
    thread.start()
    thread.join()
    yield


@pytest.mark.parametrize(
    ("held_by", "refused"), [(another_thread, True), (living_cursor, True), (thread_that_has_ended, False)]
)
def test_a_supervised_command_is_refused_a_database_that_its_worker_has_open(declare, toy, held_by, refused):
    toy(lambda command, **options: command.stdout.write(str(JobRun.objects.count())))

    with held_by():
        run = supervised(declare())

    if refused:
        assert (run.state, run.reason) == (State.FAILED, Reason.ERROR)
        assert run.error.startswith(f"NotSupportedError: {SAID}")
    else:
        assert (run.state, output_of(run)) == (State.SUCCEEDED, "1\n")
