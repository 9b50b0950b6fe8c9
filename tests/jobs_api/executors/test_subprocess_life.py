"""A process of the subprocess executor: what it outlives, and what ends it."""

from __future__ import annotations

import os

import pytest

from jobs_api.models import JobRun, Reason, State
from jobs_api.triggers.cancelling import cancel_run
from tests.jobs_api.triggers.asking import RECENT
from tests.toys.child.start import ledger, start

from .subprocesses import behaving, ended, fire, is_alive, pids, until

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_process_outlives_the_one_that_submitted_it(declare, on_host, tmp_path):
    """Pain 15: gunicorn may kill its worker, the run goes on."""
    job = declare(schedule=None, options={"seconds": 1.5, "ledger": str(tmp_path / "ledger")})
    on_host()

    caller = start("jobs_run", job.name, "--run-date", RECENT.isoformat(), jobs=[job], jobs_api={
        "EXECUTOR": "subprocess", "WAIT_SECONDS": 30,
    })  # fmt: skip
    until((tmp_path / "ledger").exists)
    caller.kill()
    caller.communicate()

    assert ended().state == State.SUCCEEDED
    assert ledger(tmp_path / "ledger") == [(1, "start"), (1, "end")]


def test_whoever_waits_for_the_end_of_its_caller_does_not_wait_for_it(declare, on_host, tmp_path):
    """A crontab line ends when `jobs_run` does, although the run goes on."""
    job = declare(schedule=None, options={"behave": "tidy", "ledger": str(tmp_path / "pids")})
    on_host()

    caller = start("jobs_run", job.name, "--run-date", RECENT.isoformat(), jobs=[job], jobs_api={
        "EXECUTOR": "subprocess", "WAIT_SECONDS": 0.1, "KILL_SECONDS": 1,
    })  # fmt: skip
    said, errors = caller.communicate(timeout=60)

    assert "accepted" in said, errors
    pids(tmp_path / "pids")
    cancel_run(JobRun.objects.get(), actor="ann", reason="")
    assert ended().state == State.CANCELLED


def test_told_to_stop_the_process_lets_the_command_go_on_for_the_drain_and_hands_it_back(
    declare, on_host, tmp_path
):
    """Pain 16: a deploy costs the run neither a try nor its slot."""
    job = behaving(declare, "tidy", tmp_path / "pids")
    on_host(DRAIN_SECONDS=6)
    fire(job, wait_own=0)
    [command] = pids(tmp_path / "pids")
    supervisor = int(JobRun.objects.get().holder.rpartition(":")[2])

    for pid in (supervisor, command):  # as a platform does that signals every process
        os.kill(pid, 15)

    run = ended()
    assert (run.state, run.reason, run.tries) == (State.FAILED, Reason.INTERRUPTED, 0)
    assert run.output_head == b"tidied up: interrupted\n"
    assert (run.finished_at - run.started_at).total_seconds() > 0.9
    assert fire(job).outcome == "succeeded"


def test_a_supervisor_that_is_killed_takes_along_a_command_that_lets_no_thread_run(
    declare, on_host, tmp_path
):
    """Pain 7: without it nobody would renew the lease, so the command must not go on."""
    job = behaving(declare, "keeps_the_interpreter", tmp_path / "pids")
    on_host()
    fire(job, wait_own=0)
    [command] = pids(tmp_path / "pids")

    os.kill(int(JobRun.objects.get().holder.rpartition(":")[2]), 9)

    until(lambda: not is_alive(command))
