"""Processes that cannot be started, or die before they begin."""

from __future__ import annotations

import os
import sys
import threading
from types import SimpleNamespace

import pytest

from jobs_api import executors
from jobs_api.models import JobRun, Reason, State
from jobs_api.worker import host_limit
from tests.conftest import stored_run
from tests.jobs_api.triggers.asking import RECENT

from .subprocesses import children, ended, fire, until

pytestmark = pytest.mark.django_db(transaction=True)

FOLDER = host_limit.folder


def test_a_process_that_cannot_begin_closes_its_attempt_at_once(declare, on_host, monkeypatch, capfd):
    job = declare(max_attempts=1)
    on_host()
    monkeypatch.setenv("TOY_JOBS_API", "this is no JSON")

    result = fire(job)

    run = ended()
    assert (result.outcome, run.reason, run.tries) == ("submit_failed", Reason.SUBMIT_FAILED, 0)
    assert run.error.startswith("Its process ended with 1 before the command began")
    until(lambda: "JSONDecodeError" in capfd.readouterr().err)


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
