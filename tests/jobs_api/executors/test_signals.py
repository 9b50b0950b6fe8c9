"""Signals are sent in the process in which something happens: the caller's claims, another one performs."""

from __future__ import annotations

import threading
import time
import traceback
from datetime import timedelta

import pytest
from django.utils import timezone

from jobs_api import signals
from jobs_api.exceptions import LeaseLost
from jobs_api.models import JobRun, State
from jobs_api.worker.supervisor import supervise
from tests.jobs_api.execution.attempts import begun
from tests.jobs_api.worker.supervising import supervised

from .subprocesses import fire, until

pytestmark = pytest.mark.django_db(transaction=True)


def noted(path):
    """What another process has heard: signal, run and end; and the processes that noted it."""
    lines = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
    return [(name, int(run), state) for name, _, run, state in lines], {int(line[1]) for line in lines}


def test_a_process_of_its_own_tells_the_start_and_the_end(declare, on_host, heard, monkeypatch, tmp_path):
    job = declare()
    monkeypatch.setenv("TOY_SIGNALS", str(tmp_path / "told"))
    on_host()

    fire(job)

    run = JobRun.objects.get()
    told = [("attempt_started", run.pk, "-"), ("attempt_finished", run.pk, "succeeded")]
    until(lambda: noted(tmp_path / "told")[0] == told)
    assert noted(tmp_path / "told")[1] == {int(run.holder.rpartition(":")[2])}
    assert heard.names == ["run_claimed", "trigger_answered"]


def test_a_process_that_could_not_begin_is_told_here_by_whoever_attended_it(
    declare, on_host, heard, monkeypatch
):
    """Its interpreter finds no jobs, say: the thread that waits for its end closes the attempt."""
    job = declare()
    on_host()
    monkeypatch.setenv("TOY_JOBS", "broken")
    fire(job)
    until(lambda: "attempt_finished" in heard.names)
    ending = heard.one(signals.attempt_finished)
    assert (ending["state"], ending["reason"], ending["started_at"]) == ("failed", "submit_failed", None)


def test_a_supervisor_tells_the_start_and_the_end_and_its_child_nothing(declare, heard, toy):
    toy(lambda command, **options: print("hello"))
    run = supervised(declare())
    assert heard.names == ["attempt_started", "attempt_finished"]
    ending = heard.one(signals.attempt_finished)
    assert (ending["run"], ending["state"], ending["output"]) == (run.pk, "succeeded", (b"hello\n", b"", 6))


def test_receivers_get_a_copy_of_what_a_child_raised(declare, heard, toy):
    def fails(command, **options):
        raise ValueError("boom")

    toy(fails)
    supervised(declare())
    ending = heard.one(signals.attempt_finished)
    raised = ending["exception"]
    assert isinstance(raised, ValueError)
    assert (str(raised), ending["error"]) == ("boom", "ValueError: boom")
    assert traceback.extract_tb(raised.__traceback__)[-1].name == "fails"
    assert ending["output"][0].rstrip().endswith(b"ValueError: boom")


@pytest.mark.usefixtures("short_leases")
def test_a_slow_receiver_does_not_cost_a_supervisor_its_lease(declare, connect, toy):
    toy(lambda command, **options: None)
    threads = []

    def slow(**fields):
        time.sleep(3)
        threads.append([thread.name for thread in threading.enumerate()])

    connect(signals.attempt_started, slow)
    run = supervised(declare())
    assert (run.state, run.attempt) == (State.SUCCEEDED, 1)
    assert "jobs_api-heartbeat" in threads[0]


@pytest.mark.usefixtures("short_leases")
def test_no_child_is_forked_for_an_attempt_that_was_lost_meanwhile(declare, connect, toy, tmp_path):
    toy(lambda command, **options: (tmp_path / "begun").touch())
    job = declare()
    lease = begun(job)

    def taken_over(**fields):
        ahead = timezone.now() + timedelta(minutes=5)
        JobRun.objects.update(attempt=2, holder="another:1", lease_expires_at=ahead)
        time.sleep(0.7)

    connect(signals.attempt_started, taken_over)
    with pytest.raises(LeaseLost):
        supervise(job, lease)
    assert not (tmp_path / "begun").exists()
