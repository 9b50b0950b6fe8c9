"""Processes that cannot be started, or die before they begin."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest
from django.db import connection, connections
from django.test import TestCase

from jobs_api import executors, trigger
from jobs_api.database.identity import difference, identity
from jobs_api.exceptions import SubmitFailed
from jobs_api.execution.waiting import waiters
from jobs_api.models import JobRun, Reason, State
from jobs_api.testing import declare
from jobs_api.testing.conformance.engine import lease_of
from jobs_api.worker import host_limit
from tests.conftest import stored_run
from tests.jobs_api.triggers.asking import RECENT

from .subprocesses import children, ended, fire, until

pytestmark = pytest.mark.django_db(transaction=True)

FOLDER = host_limit.folder


def test_a_process_that_cannot_begin_closes_its_attempt_at_once_and_that_is_an_error(
    declare, on_host, monkeypatch, capfd, caplog
):
    job = declare(max_attempts=1)
    on_host()
    monkeypatch.setenv("TOY_JOBS_API", "this is no JSON")

    result = fire(job)

    run = ended()
    assert (result.outcome, run.reason, run.tries) == ("submit_failed", Reason.SUBMIT_FAILED, 0)
    assert run.error.startswith("Its process ended with 1 before the command began")
    until(lambda: "JSONDecodeError" in capfd.readouterr().err)
    [record] = until(lambda: [each for each in caplog.records if each.levelname == "ERROR"])
    assert f"Run {run.pk} of nightly did not begin: Its process ended with 1" in record.getMessage()


def test_a_system_that_gives_no_process_is_a_failed_submit(declare, on_host, monkeypatch):
    job = declare(max_attempts=1)
    on_host()
    monkeypatch.setattr("jobs_api.executors.subprocess.interpreter", lambda: "/nowhere/python3")

    result = fire(job)

    assert (result.outcome, result.run.reason) == ("submit_failed", Reason.SUBMIT_FAILED)
    run = JobRun.objects.get()
    assert (run.error, run.tries) == ("No process could be started: No such file or directory.", 0)


def test_an_order_that_cannot_be_given_is_a_failed_submit_and_leaves_no_process(
    declare, on_host, monkeypatch, tmp_path
):
    job = declare(max_attempts=1)
    on_host(SUBPROCESS_LIMIT=1)

    def refuse(lane, pid, server):
        raise ValueError("secret")

    monkeypatch.setattr(host_limit, "sign", refuse)

    assert fire(job).outcome == "submit_failed"

    assert JobRun.objects.get().error == "No process could be started: ValueError."
    assert (children(), host_limit.is_full(tmp_path, 1)) == ([], False)


def test_paths_of_any_kind_reach_the_process(declare, on_host, monkeypatch, tmp_path):
    """Settings may put a Path where modules are searched."""
    job = declare()
    on_host()
    monkeypatch.setattr(sys, "path", [*sys.path, tmp_path])
    assert fire(job).outcome == "succeeded"


def test_a_run_goes_on_although_no_thread_can_attend_it(declare, on_host, monkeypatch, caplog):
    job = declare()
    on_host()

    class NoThread(threading.Thread):
        def start(self):
            raise RuntimeError("can't start new thread")

    monkeypatch.setattr("jobs_api.executors.subprocess.threading", SimpleNamespace(Thread=NoThread))

    assert fire(job).outcome == "succeeded"
    assert "no thread could be started to watch it" in caplog.text


def test_a_folder_that_cannot_be_used_is_a_failed_submit_also_for_a_run_that_waits(
    declare, on_host, monkeypatch, tmp_path, caplog
):
    """The log says which folder it is, the answer does not."""
    job = declare()
    on_host()
    stored_run(job, RECENT, state=State.QUEUED, next_attempt_at=RECENT)
    monkeypatch.setattr(host_limit, "folder", FOLDER)
    (tmp_path / f"jobs_api-{os.getuid()}").mkdir()
    (tmp_path / f"jobs_api-{os.getuid()}").chmod(0o777)

    assert fire(job).outcome == "submit_failed"

    said = "The folder where this host counts its runs is unusable: Operation not permitted."
    assert (JobRun.objects.get().error, JobRun.objects.get().tries) == (said, 0)
    assert f"not this user's alone: '{tmp_path}" in caplog.text


def test_a_start_that_nobody_lives_to_report_is_claimed_again_after_a_minute(declare, on_host, monkeypatch):
    """Pain 7: the host went with the process; an hour is for queues, and there is none here."""
    job = declare()
    on_host()
    monkeypatch.setattr(executors.load("subprocess"), "submit", lambda job, lease: None)

    fire(job, wait_own=0)

    run = JobRun.objects.get()
    assert run.state == State.CLAIMED
    assert 55 < (run.lease_expires_at - run.claimed_at).total_seconds() < 65


# -- another database -------------------------------------------------------------------------


@contextmanager
def copied_database() -> Iterator[dict[str, object]]:
    """The settings of a copy, as it is now: what settings name in a new process, while a test runs."""
    settings = connection.creation.get_test_db_clone_settings("other")
    if connection.vendor == "sqlite":
        copied_by_sqlite(Path(str(settings["NAME"])))
        yield settings
        return
    connections.close_all()
    connection.creation.clone_test_db("other", verbosity=0)
    try:
        yield settings
    finally:
        connection.creation.destroy_test_db(suffix="other", verbosity=0)


def copied_by_sqlite(path: Path) -> None:
    """Not by Django, which opens the file past SQLite: see `tests.databases.keep_whole`."""
    path.unlink(missing_ok=True)
    connection.ensure_connection()
    with closing(sqlite3.connect(path)) as copy:
        connection.connection.backup(copy)


def states(settings: dict[str, object]) -> list[tuple[str, int]]:
    """State and attempt of each run in another database."""
    other = type(connections["default"])(settings, "default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT state, attempt FROM jobs_api_jobrun")
            return list(cursor.fetchall())
    finally:
        other.close()


def test_a_process_that_opens_another_database_runs_nothing_there(declare, on_host, monkeypatch, capfd):
    """A host's tests: its settings name the development database in a new process."""
    job = declare(max_attempts=1)
    run = stored_run(job, RECENT, state=State.CLAIMED, claimed_at=RECENT, started_at=None)
    on_host()
    with copied_database() as other:
        monkeypatch.setenv("TOY_DATABASE", str(other["NAME"]))
        executors.load("subprocess").submit(job, lease_of(run))

        here = ended()
        assert (here.reason, here.tries) == (Reason.SUBMIT_FAILED, 0)
        assert here.error.startswith("Its process ended with 1 before the command began")
        assert states(other) == [(State.CLAIMED, 1)]
        line = capfd.readouterr().err.strip()
        assert line.startswith(f"Run {run.pk}, attempt 1 is not started: its trigger uses the database ")
        assert "\n" not in line
        assert str(other["NAME"]) in line
        assert line.endswith("use jobs_api.testing.run_job, or the executor 'inline', in tests.")


LOOK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT count(*) FROM jobs_api_jobrun").fetchall()
connection.close()
"""


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a database that is a file")
def test_the_copy_leaves_the_locks_to_whoever_has_the_database_open(declare):
    """Else the next process that closes it removes the log in use, and the database falls apart."""
    stored_run(declare(), RECENT)
    name = str(connection.settings_dict["NAME"])
    with closing(sqlite3.connect(name)) as other:
        other.execute("SELECT count(*) FROM jobs_api_jobrun").fetchall()
        with copied_database() as copy:
            assert states(copy) == [(State.SUCCEEDED, 1)]
        connections.close_all()
        subprocess.run([sys.executable, "-c", LOOK, name], check=True, timeout=60)
        assert Path(f"{name}-wal").exists()


@pytest.mark.parametrize("key", ["vendor", "name", "host", "port"])
def test_each_part_of_a_database_makes_it_another_one(key):
    assert difference(identity()) is None
    assert difference({**identity(), key: "another"})


def test_a_password_in_the_name_of_a_database_is_not_shown():
    theirs = {**identity(), "name": "postgresql://payroll:secret@db/payroll", "host": "password=secret"}
    text = difference(theirs)
    assert text
    assert "(not shown)" in text
    assert "secret" not in text


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a database that is a file")
def test_the_same_file_by_another_path_is_the_same_database(monkeypatch, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(connection.settings_dict, "NAME", tmp_path / "real" / "db.sqlite3")
    here = identity()
    for same in ("real/db.sqlite3", "link/db.sqlite3", f"{tmp_path}/link/../real/db.sqlite3"):
        monkeypatch.setitem(connection.settings_dict, "NAME", same)
        assert difference(here) is None


@pytest.mark.skipif(connection.vendor != "sqlite", reason="others are not in memory")
@pytest.mark.parametrize("name", [":memory:", "file:memorydb_default?mode=memory&cache=shared"])
def test_a_database_in_memory_starts_no_process(declare, monkeypatch, name):
    job = declare()
    run = stored_run(job, RECENT, state=State.CLAIMED, claimed_at=RECENT)
    monkeypatch.setitem(connection.settings_dict, "NAME", name)
    with pytest.raises(SubmitFailed, match=r"in memory.*run_job, or the executor 'inline'"):
        executors.load("subprocess").submit(job, lease_of(run))


class TestInTestCase(TestCase):
    """One transaction: no other process sees the run."""

    def test_no_process_is_started_and_the_remedy_is_named(self):
        with declare("clear", command="clearsessions", executor="subprocess", schedule="@daily"):
            result = trigger("clear", wait=3)

        remedy = "use jobs_api.testing.run_job, or the executor 'inline', in tests."
        assert result.outcome == "submit_failed"
        run = JobRun.objects.get()
        assert run.error == f"This process uses a test database, which a new process would not open: {remedy}"
        assert children() == []

    def test_nobody_waits_for_what_nothing_can_change(self):
        later = RECENT + timedelta(days=1)
        waits = mock.patch.object(waiters, "wait", side_effect=AssertionError("It waits."))
        with declare("clear", command="clearsessions", schedule="@daily") as job, waits:
            stored_run(job, RECENT, state=State.CLAIMED, claimed_at=RECENT, lease_expires_at=later)
            assert fire(job, wait=30).outcome == "already_running"
