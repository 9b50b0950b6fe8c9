"""Commands that end by themselves: what the record says of them is the same wherever they ran."""

from __future__ import annotations

import os

from jobs_api.models import JobRun, Reason, State
from jobs_api.runs.types import Trigger
from jobs_api.triggers import dispatch

from .engines import holder
from .watching import ended, new_slot


def test_it_succeeds(engine):
    """Pains 20 and 21: elsewhere, with the trigger's options, and its output is kept."""
    engine.fire(slot := new_slot(), say="hello")

    run = ended(slot)

    assert (run.state, run.reason, run.attempt, run.tries) == (State.SUCCEEDED, "", 1, 0)
    assert (run.executor, run.options, bytes(run.output_head)) == (engine.name, {"say": "hello"}, b"hello\n")
    assert run.created_at <= run.claimed_at <= run.started_at <= run.finished_at
    assert (run.held_job, run.lease_expires_at, run.next_attempt_at) == (None, None, None)
    assert holder(run) != os.getpid()


def test_it_gets_values_and_no_command_line(engine):
    """Pain 27: what a caller sends is not read as options, nor what the job has fixed as the caller's."""
    engine.fire(slot := new_slot(), words=["a", "--fail", "--say=b"])

    run = ended(slot)

    assert (run.state, bytes(run.output_head)) == (State.SUCCEEDED, b"a\n--fail\n--say=b\n")


def test_it_fails(engine):
    """Pain 18: it counts as a try, and the next one waits until the back-off is over."""
    engine.fire(slot := new_slot(), fail=True)

    run = ended(slot)

    assert (run.state, run.reason, run.tries) == (State.FAILED, Reason.ERROR, 1)
    assert run.error == "CommandError: The toy was told to fail."
    assert b"Traceback" in run.output_head
    assert 55 < (run.next_attempt_at - run.finished_at).total_seconds() < 65
    again = dispatch.dispatch(dispatch.Request(engine.job, slot, Trigger("http")))
    assert (again.outcome, JobRun.objects.get().attempt) == ("retry_later", 1)


def test_it_exits(engine):
    """As a program would: 0 is a success, all else is none."""
    engine.fire(bad := new_slot(), behave="exits", say="3")
    engine.fire(good := new_slot(), behave="exits", say="0")

    run = ended(bad)
    assert (run.state, run.reason, run.tries) == (State.FAILED, Reason.EXIT, 1)
    assert run.error == "The command exited with 3."
    assert (ended(good).state, ended(good).reason, ended(good).tries) == (State.SUCCEEDED, "", 0)


def test_it_prints_a_lot(engine):
    """Pain 22: of 8 MiB the first and the last part are kept."""
    engine.fire(slot := new_slot(), behave="floods")

    run = ended(slot)

    assert (run.state, run.output_size) == (State.SUCCEEDED, 8 * 2**20 + len("first\nlast\n"))
    assert (len(run.output_head), len(run.output_tail)) == (128 * 1024, 128 * 1024)
    assert run.output_head.startswith(b"first\nxxx")
    assert run.output_tail.endswith(b"xxx\nlast\n")
