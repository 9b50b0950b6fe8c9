"""A process that is told to stop hands its attempt back; one that was told to cancel and dies does not."""

from __future__ import annotations

import signal
from datetime import timedelta

import pytest
from django.utils import timezone

from jobs_api.models import JobAttempt, JobRun, Reason, State
from jobs_api.runs.types import Trigger
from jobs_api.triggers import due
from jobs_api.triggers.cancelling import cancel_run
from jobs_api.triggers.dispatch import Request, dispatch
from tests.toys.child.start import ledger, reached, start

pytestmark = pytest.mark.django_db(transaction=True)

IN_THE_COMMAND = "wait after tests.toys.management.commands.toy:write_ledger"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_attempt_that_was_told_to_stop_costs_no_try_and_may_be_claimed_at_once(declare, tmp_path, number):
    """Pain 16: a deploy cuts the run."""
    job = declare(schedule=None, options={"ledger": str(tmp_path / "ledger")}, max_attempts=1)
    slot = timezone.now().replace(microsecond=0) - timedelta(minutes=5)
    child = start("jobs_run", job.name, "--run-date", slot.isoformat(), jobs=[job], hook=IN_THE_COMMAND)
    reached(child)

    child.send_signal(number)

    said = child.communicate(timeout=30)
    run = JobRun.objects.get()
    assert child.returncode == 130, said
    assert (run.state, run.reason, run.tries, run.held_job) == (State.FAILED, Reason.INTERRUPTED, 0, None)
    assert run.finished_at is not None
    assert dispatch(Request(job, slot, Trigger("http"))).outcome == "succeeded"
    assert JobAttempt.objects.get().reason == Reason.INTERRUPTED
    assert ledger(tmp_path / "ledger") == [(1, "start"), (2, "start"), (2, "end")]


def test_a_cancelled_run_whose_holder_was_killed_is_not_started_again(declare, tmp_path):
    """Pain 7, but for what an operator did not want: it ends, and it ends as cancelled."""
    job = declare(schedule=None, options={"ledger": str(tmp_path / "ledger")}, retry_backoff=0)
    slot = timezone.now().replace(microsecond=0) - timedelta(minutes=5)
    child = start("jobs_run", job.name, "--run-date", slot.isoformat(), jobs=[job], hook=IN_THE_COMMAND)
    reached(child)
    assert cancel_run(JobRun.objects.get(), actor="ann", reason="wrong month") is False
    child.kill()
    child.communicate(timeout=30)
    late = timezone.now() + timedelta(seconds=31)

    assert due.run_due(Trigger("run_due"), now=late).results == []

    run = JobRun.objects.get()
    assert (run.state, run.reason, run.next_attempt_at) == (State.CANCELLED, Reason.CANCELLED, None)
    assert run.note == "cancel requested by ann: wrong month"
    assert dispatch(Request(job, slot, Trigger("http")), now=late).outcome == "cancelled"
    assert ledger(tmp_path / "ledger") == [(1, "start")]
