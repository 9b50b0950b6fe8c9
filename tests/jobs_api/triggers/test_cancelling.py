"""Once a cancel was asked: what a trigger answers is what was written, and nothing starts the run again."""

from __future__ import annotations

import os
import signal

import pytest

from jobs_api.exceptions import RunStopped
from jobs_api.models import JobRun, Reason, State
from jobs_api.runs.types import Trigger
from jobs_api.triggers import due
from jobs_api.triggers.cancelling import cancel_run
from tests.jobs_api.execution.attempts import elsewhere
from tests.jobs_api.worker.supervising import supervised

from .asking import later, trigger

pytestmark = pytest.mark.django_db(transaction=True)


def ask_to_cancel():
    """As an operator does, in another thread."""
    elsewhere(lambda: cancel_run(JobRun.objects.get(), actor="ann", reason=""))


def end():
    run = JobRun.objects.get()
    return run.state, run.reason, run.next_attempt_at


ENDS = {
    "it raises": ValueError("boom"),
    "it exits": SystemExit(3),
    "its time is over": RunStopped("timeout"),
    "its lease was lost": RunStopped("lost"),
    "its process exits": RunStopped("interrupted"),
}


@pytest.mark.parametrize("error", ENDS.values(), ids=ENDS)
def test_a_cancelled_command_that_ends_badly_is_answered_as_cancelled(declare, toy, error):
    def behave(command, **options):
        ask_to_cancel()
        raise error

    toy(behave)
    job = declare(retry_backoff=0)

    result = trigger(job, now=None)

    assert (result.outcome, result.run.state, result.run.reason) == ("cancelled", "cancelled", "cancelled")
    assert end() == (State.CANCELLED, Reason.CANCELLED, None)
    toy(lambda command, **options: pytest.fail("It was started again."))
    assert trigger(job, now=None).outcome == "cancelled"
    assert due.run_due(Trigger("run_due")).results == []


def test_a_process_that_is_told_to_stop_leaves_a_cancelled_run_cancelled(declare, toy):
    def behave(command, **options):
        ask_to_cancel()
        raise KeyboardInterrupt

    toy(behave)
    with pytest.raises(KeyboardInterrupt):
        trigger(declare(), now=None)

    assert end() == (State.CANCELLED, Reason.CANCELLED, None)


def test_a_cancelled_command_that_succeeds_has_succeeded(declare, toy):
    toy(lambda command, **options: ask_to_cancel())

    assert trigger(declare(), now=None).outcome == "succeeded"
    assert end() == (State.SUCCEEDED, "", None)


def test_a_supervised_command_that_dies_after_a_cancel_is_cancelled(declare, toy):
    """Its process may be killed by something else before its supervisor has heard of the cancel."""

    def behave(command, **options):
        JobRun.objects.update(cancel_requested_at=later())
        os.kill(os.getpid(), signal.SIGKILL)

    toy(behave)

    assert supervised(declare()).state == State.CANCELLED
    assert end() == (State.CANCELLED, Reason.CANCELLED, None)


def test_run_due_closes_the_run_of_a_dead_holder_as_cancelled_and_does_not_start_it(declare):
    job = declare()
    trigger(job)
    held = {"state": State.RUNNING, "finished_at": None, "held_job": job.name, "lease_expires_at": later()}
    JobRun.objects.update(**held, cancel_requested_at=later())

    report = due.run_due(Trigger("run_due"), now=later(minutes=1))

    assert (report.results, report.remaining) == ([], 0)
    assert end() == (State.CANCELLED, Reason.CANCELLED, None)
    assert trigger(job, now=later(minutes=2)).outcome == "cancelled"


def test_a_rerun_of_a_cancelled_run_starts_and_can_be_cancelled_again(declare, toy):
    toy(lambda command, **options: ask_to_cancel() or 1 / 0)
    job = declare()
    trigger(job, now=None)

    assert trigger(job, now=None, force=True).outcome == "cancelled"

    toy(lambda command, **options: None)
    assert trigger(job, now=None, force=True).outcome == "succeeded"
    assert [one.state for one in JobRun.objects.get().superseded.order_by("attempt")] == [State.CANCELLED] * 2
