"""Commands that do in their process what commands do: fork, start pools, close files, print past Python."""

from __future__ import annotations

import asyncio
import ctypes
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError
from django.test import override_settings
from django.utils import timezone

from jobs_api import runs
from jobs_api.clock import Moment
from jobs_api.models import JobRun, Reason, State
from jobs_api.runs.types import Claim, Trigger
from jobs_api.worker import delivery
from jobs_api.worker.delivery import deliver
from tests.conftest import NOON
from tests.jobs_api.execution.attempts import output_of
from tests.jobs_api.executors.subprocesses import is_alive, until

from .supervising import supervised

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def short():
    """Half a second between being asked and being killed."""
    with override_settings(JOBS_API={"LEASE_SECONDS": 6, "RENEW_SECONDS": 1, "KILL_SECONDS": 0.5}):
        yield


@pytest.fixture
def outcome(declare, toy):
    """``outcome(command)``: how a run of it ended; those that would go on for ever are stopped."""

    def of(command):
        toy(lambda django_command, **options: command())
        return supervised(declare(timeout=30))

    return of


# -- forks ------------------------------------------------------------------------------------


def test_a_fork_that_comes_back_from_the_command_does_not_speak_for_it(outcome):
    """Pain 18: its success is not the run's."""

    def command():
        pid = os.fork()
        if pid:
            os.waitpid(pid, 0)
            raise RuntimeError("the command has failed")

    run = outcome(command)

    assert (run.state, run.reason, run.error) == (
        "failed",
        Reason.ERROR,
        "RuntimeError: the command has failed",
    )


def test_a_fork_that_ends_well_does_not_speak_for_a_command_that_was_killed(outcome):
    def command():
        pid = os.fork()
        if pid == 0:
            sys.exit(0)
        os.waitpid(pid, 0)
        os.kill(os.getpid(), signal.SIGKILL)

    assert (outcome(command).state, JobRun.objects.get().reason) == (State.FAILED, Reason.EXIT)


def test_a_forked_process_ends_by_sigterm_as_others_do(outcome):
    def command():
        worker = multiprocessing.get_context("fork").Process(target=time.sleep, args=[60])
        worker.start()
        worker.terminate()
        worker.join()

    assert outcome(command).state == State.SUCCEEDED


def test_what_a_command_has_forked_and_left_goes_on(outcome, tmp_path):
    def command():
        if os.fork() == 0:
            (tmp_path / "pid").write_text(str(os.getpid()))
            time.sleep(1)
            (tmp_path / "done").touch()
            os._exit(0)

    assert outcome(command).state == State.SUCCEEDED
    until((tmp_path / "done").exists)


def test_what_a_command_has_started_does_not_outlive_it_if_it_was_killed(outcome, tmp_path):
    """Out of memory, the kernel takes the largest process: the others must not work beside the retry."""

    def command():
        program = subprocess.Popen(["/bin/sleep", "60"])
        (tmp_path / "pid").write_text(str(program.pid))
        os.kill(os.getpid(), signal.SIGKILL)

    assert outcome(command).reason == Reason.EXIT
    until(lambda: not is_alive(int((tmp_path / "pid").read_text())))


# -- pools, files, streams --------------------------------------------------------------------


def asynchronous():
    from django.contrib.contenttypes.models import ContentType

    asyncio.run(ContentType.objects.acount())


def pool_that_stays_open():
    pools.append(ThreadPoolExecutor(1))
    pools[-1].submit(int).result()


def processes_that_stay_open():
    pools.append(multiprocessing.get_context("fork").Pool(1))
    pools[-1].apply(int)


pools = []


@pytest.mark.parametrize("command", [asynchronous, pool_that_stays_open, processes_that_stay_open])
def test_a_pool_that_nobody_has_closed_does_not_keep_the_command_from_ending(outcome, command):
    assert outcome(command).state == State.SUCCEEDED


def test_coroutines_use_the_database_though_the_workers_coroutines_did_so_before(outcome):
    """The thread that did it for them exists in the worker only."""
    asyncio.run(sync_to_async(int)())
    assert outcome(asynchronous).state == State.SUCCEEDED


def test_a_command_in_a_pools_process_may_have_processes_of_its_own(outcome, monkeypatch):
    monkeypatch.setitem(multiprocessing.current_process()._config, "daemon", True)

    assert outcome(processes_that_stay_open).state == State.SUCCEEDED


def test_temporary_files_of_the_command_go_and_those_of_the_worker_stay(outcome, tmp_path):
    kept = tempfile.TemporaryDirectory(dir=tmp_path)

    def command():
        pools.append(tempfile.TemporaryDirectory(dir=tmp_path))

    outcome(command)

    assert list(tmp_path.iterdir()) == [Path(kept.name)]
    kept.cleanup()


def test_what_is_written_past_the_run_is_not_lost_in_a_buffer(outcome):
    def command():
        original = os.fdopen(os.dup(1), "w")
        sys.__stdout__ = original
        original.write("by a stream that is buffered\n")
        ctypes.CDLL(None).printf(b"by the C library\n")

    run = outcome(command)

    assert sorted(output_of(run).splitlines()) == ["by a stream that is buffered", "by the C library"]


def test_what_the_worker_has_not_written_out_yet_is_not_the_runs(outcome, monkeypatch, tmp_path):
    with (tmp_path / "of the worker").open("w") as stream:
        monkeypatch.setattr(sys, "__stdout__", stream)
        stream.write("of the worker")
        run = outcome(lambda: None)

    assert (output_of(run), (tmp_path / "of the worker").read_text()) == ("", "of the worker")


@pytest.mark.parametrize(("fails", "state"), [(False, State.SUCCEEDED), (True, State.FAILED)])
def test_a_command_that_closes_every_file_is_judged_by_its_exit(outcome, fails, state):
    def command():
        os.closerange(3, 200)
        if fails:
            raise RuntimeError("after it had closed them")

    assert outcome(command).state == state


def test_a_worker_with_a_thousand_open_files_supervises_as_any_other(outcome):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    files = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        assert outcome(lambda: None).state == State.SUCCEEDED
    finally:
        for file in files:
            os.close(file)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_what_fails_before_the_command_is_told_with_the_run(declare, monkeypatch):
    monkeypatch.setattr("jobs_api.worker.in_child.os.setsid", lambda: 1 / 0)

    run = supervised(declare())

    assert (run.state, run.reason) == (State.FAILED, Reason.EXIT)


# -- beginning --------------------------------------------------------------------------------


def test_a_begin_that_took_long_does_not_count_against_the_lease(declare, toy, monkeypatch):
    """The lease lasts from when the database granted it, not from when it was first asked for."""
    toy(lambda command, **options: None)
    job = declare()
    lease = runs.claim(Claim(job, NOON, Trigger("http"), begin=False), None, moment=Moment(timezone.now()))
    take, tries, leases = delivery._take, [], []
    supervise = delivery.supervisor.supervise

    def away(*asked):
        tries.append(time.monotonic())
        if len(tries) < 3:
            raise OperationalError("away")
        return take(*asked)

    def note_and_supervise(job, lease):
        leases.append(lease)
        return supervise(job, lease)

    monkeypatch.setattr(delivery, "_take", away)
    monkeypatch.setattr(delivery.supervisor, "supervise", note_and_supervise)
    ending = deliver(lease.run_id, 1)

    assert getattr(ending, "state", None) == State.SUCCEEDED
    assert leases[0].sent_at >= tries[2]


def test_a_begin_whose_answer_was_lost_begins_once_and_renews(declare, toy, monkeypatch):
    toy(lambda command, **options: None)
    job = declare()
    lease = runs.claim(Claim(job, NOON, Trigger("http"), begin=False), None, moment=Moment(timezone.now()))
    take, tries, renewed = delivery._take, [], []

    def lost(*asked):
        tries.append(take(*asked))
        if len(tries) == 1:
            raise OperationalError("the answer did not come")
        return tries[-1]

    renew = runs.renew
    monkeypatch.setattr(delivery, "_take", lost)
    monkeypatch.setattr(runs, "renew", lambda leases: renewed.append(1) or renew(leases))

    ending = deliver(lease.run_id, 1)

    assert getattr(ending, "state", None) == State.SUCCEEDED
    assert (len(tries), bool(renewed)) == (2, True)
