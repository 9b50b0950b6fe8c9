"""Processes, messages, leases and engines that are lost, or come twice."""

from __future__ import annotations

import os
import signal
from datetime import timedelta

import pytest
from django.utils import timezone

from jobs_api.models import JobAttempt, JobRun, Reason, State
from jobs_api.worker.delivery import deliver
from tests.jobs_api.executors.subprocesses import until

from .engines import holder
from .watching import ended, new_slot, processes_end, running, say_go


@pytest.fixture
def book(tmp_path):
    """Where a command notes its processes, or what it did."""
    return tmp_path / "book"


def test_it_is_killed(engine, book):
    """Pain 7: the lease ends it, after the command is dead; the next trigger runs it again."""
    engine.fire(slot := new_slot(), behave=engine.stays, ledger=str(book))
    os.kill(holder(running(slot, book)), signal.SIGKILL)

    processes_end(book)
    run = JobRun.objects.get()
    assert (run.state, run.attempt) == (State.RUNNING, 1)
    assert run.lease_expires_at > timezone.now()

    a_moment = timedelta(seconds=0.1)  # the database decides, whose clock may be some milliseconds behind
    until(lambda: JobRun.objects.get().lease_expires_at < timezone.now() - a_moment)
    engine.fire(slot)
    run = ended(slot, attempt=2)
    assert (run.state, run.tries) == (State.SUCCEEDED, 1)
    assert JobAttempt.objects.get().reason == Reason.LOST


def test_it_loses_its_lease(engine, book):
    """Pain 6: the old holder stops its command and writes nothing over what the new one has."""
    engine.fire(slot := new_slot(), behave=engine.stays, ledger=str(book))
    running(slot, book)

    later = timezone.now() + timedelta(minutes=5)
    JobRun.objects.update(attempt=2, holder="another:1", lease_expires_at=later)
    taken_over = JobRun.objects.values().get()

    processes_end(book)
    until(engine.settled)
    assert JobRun.objects.values().get() == taken_over


def test_it_is_delivered_twice(engine, book):
    """Pain 4: while it runs and when it has ended; the command runs once."""
    engine.fire(slot := new_slot(), behave="awaits", ledger=str(book))
    run = running(slot, book)

    engine.deliver_again(run)
    assert deliver(run.pk, run.attempt) is None
    say_go(book)
    end = ended(slot)
    engine.deliver_again(run)
    assert deliver(run.pk, run.attempt) is None

    assert (end.state, end.attempt, end.holder) == (State.SUCCEEDED, 1, run.holder)
    assert JobRun.objects.get() == end
    assert book.read_text().split() == ["start", "end"]


def test_it_is_submitted_while_the_engine_is_down(engine, api):
    """Pain 16: the caller hears of it, and its retry may claim at once; no try is lost."""
    path, slot = f"/api/jobs/{engine.job.name}/run", new_slot()

    with engine.down():
        answer = api("POST", path, json={"run_date": slot.isoformat(), "options": {"say": "hello"}})

    assert (answer.status_code, answer.json()["outcome"]) == (503, "submit_failed")
    assert int(answer.headers["Retry-After"]) > 0
    run = JobRun.objects.get()
    assert (run.state, run.reason, run.tries) == (State.FAILED, Reason.SUBMIT_FAILED, 0)
    assert (run.held_job, run.lease_expires_at) == (None, None)

    engine.fire(slot)
    run = ended(slot, attempt=2)
    assert (run.state, run.tries, bytes(run.output_head)) == (State.SUCCEEDED, 0, b"hello\n")
    assert JobAttempt.objects.get().reason == Reason.SUBMIT_FAILED
