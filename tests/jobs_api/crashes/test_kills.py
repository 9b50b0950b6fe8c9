"""A process is killed at every point of a run; the next trigger makes good, and the record tells."""

from __future__ import annotations

import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from django.test import override_settings
from django.utils import timezone

from jobs_api import Job
from jobs_api.models import JobAttempt, JobRun, Reason, State
from jobs_api.runs import job_state
from jobs_api.runs.types import Trigger
from jobs_api.triggers import due
from jobs_api.triggers.dispatch import Request, Result, dispatch
from tests.conftest import stored_run
from tests.toys.child.start import ledger, start

pytestmark = pytest.mark.django_db(transaction=True)

RETRY = Trigger("http", "the retry")


class Point(NamedTuple):
    """A point of a run, and what is left behind where a process dies there."""

    hook: str
    left: str | None
    """The state of the slot's run; None where nothing was committed yet."""
    started: bool
    """Whether the command had started."""


POINTS = {
    "before it looks": Point("before jobs_api.runs.lookup:find", None, False),
    "after it looked": Point("after jobs_api.runs.lookup:find", None, False),
    "before it claims": Point("before jobs_api.runs:claim", None, False),
    "in the claim, before its commit": Point("within jobs_api.runs.claiming:committed", None, False),
    "after the claim's commit": Point("after jobs_api.runs:claim", State.RUNNING, False),
    "before the command": Point("before jobs_api.execution.perform:run_command", State.RUNNING, False),
    "at the start of the command": Point(
        "after tests.toys.management.commands.toy:write_ledger", State.RUNNING, True
    ),
    "in the middle of the command": Point(
        "after tests.toys.management.commands.toy:Command._work", State.RUNNING, True
    ),
    "after the command": Point("after jobs_api.execution.perform:run_command", State.RUNNING, True),
    "before it finishes": Point("before jobs_api.runs:finish", State.RUNNING, True),
    "in the finish, before its commit": Point("uncommitted jobs_api.runs:finish", State.RUNNING, True),
    "after the finish's commit, before the answer": Point(
        "after jobs_api.runs:finish", State.SUCCEEDED, True
    ),
}
BEGIN = {
    "before the begin": Point("before jobs_api.runs:begin", State.CLAIMED, False),
    "in the begin, before its commit": Point("uncommitted jobs_api.runs:begin", State.CLAIMED, False),
    "after the begin's commit": Point("after jobs_api.runs:begin", State.RUNNING, False),
}


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """The file that the toy's runs write to, killed or not."""
    return tmp_path / "ledger"


@pytest.fixture
def slot() -> datetime:
    """A moment ago: these tests go by the real clock."""
    return timezone.now().astimezone(UTC).replace(microsecond=0) - timedelta(minutes=5)


@pytest.fixture
def job(declare, book) -> Job:
    """On demand, so that a moment ago is one of its slots."""
    return declare(schedule=None, options={"ledger": str(book)}, retry_backoff=0)


def die(job: Job, slot: datetime, hook: str, **named) -> None:
    """Trigger the slot in a process that dies at `hook`."""
    child = start(
        "jobs_run", job.name, "--run-date", slot.isoformat(), jobs=[job], hook=f"kill {hook}", **named
    )
    said = child.communicate(timeout=60)
    assert child.returncode == -signal.SIGKILL, said


def again(job: Job, slot: datetime, *, after: float = 0) -> Result:
    """Another trigger for the slot, so many seconds later."""
    now = timezone.now() + timedelta(seconds=after) if after else None
    return dispatch(Request(job, slot, RETRY), now=now)


@pytest.mark.parametrize("point", POINTS.values(), ids=POINTS)
def test_a_slot_whose_process_was_killed_ends_with_one_success(job, slot, book, point):
    """Pains 7, 8, 15 and 18: nothing is stuck, nothing counts as done that was not, nothing is done twice."""
    die(job, slot, point.hook)
    run = JobRun.objects.first()
    assert (run and run.state) == point.left
    assert ledger(book)[:1] == ([(1, "start")] if point.started else [])

    at_once = again(job, slot)
    outcomes = {None: "succeeded", State.RUNNING: "already_running", State.SUCCEEDED: "already_succeeded"}
    assert at_once.outcome == outcomes[point.left]
    later = again(job, slot, after=31)

    run = JobRun.objects.get()
    assert later.outcome == ("succeeded" if point.left == State.RUNNING else "already_succeeded")
    assert (run.state, run.held_job, run.lease_expires_at) == (State.SUCCEEDED, None, None)
    _the_record_tells(run, lost=point.left == State.RUNNING)
    assert [event for event in ledger(book) if event[0] == run.attempt] == [
        (run.attempt, "start"), (run.attempt, "end"),
    ]  # fmt: skip


def _the_record_tells(run: JobRun, *, lost: bool) -> None:
    superseded = [(old.attempt, old.state, old.reason, old.trigger) for old in JobAttempt.objects.all()]
    assert superseded == ([(1, State.FAILED, Reason.LOST, "command")] if lost else [])
    assert (run.attempt, run.tries) == ((2, 1) if lost else (1, 0))


@pytest.mark.parametrize("point", BEGIN.values(), ids=BEGIN)
def test_an_attempt_that_died_around_its_begin_is_lost_and_costs_a_try_only_if_it_had_begun(
    job, slot, book, point
):
    """Pain 4: begun or not is what the database says, not what a process believed."""
    die(job, slot, point.hook, two_steps=True)
    assert JobRun.objects.get().state == point.left

    assert again(job, slot).outcome == "already_running"
    assert again(job, slot, after=3601).outcome == "succeeded"

    run = JobRun.objects.get()
    assert (run.attempt, run.tries) == (2, 1 if point.left == State.RUNNING else 0)
    assert JobAttempt.objects.get().reason == Reason.LOST
    assert ledger(book) == [(2, "start"), (2, "end")]


RETRIED = {
    "before the attempt before is on record": "after jobs_api.models:JobRun.record",
    "after the claim's commit": "after jobs_api.runs:claim",
}


@pytest.mark.parametrize("hook", RETRIED.values(), ids=RETRIED)
def test_a_killed_retry_neither_loses_nor_doubles_the_attempt_before_it(job, slot, hook):
    """Pain 25: the history is whole, whatever died while it was written."""
    stored_run(job, slot, state=State.FAILED, reason=Reason.ERROR, tries=1, next_attempt_at=slot)
    die(job, slot, hook)

    assert again(job, slot, after=31).outcome == "succeeded"

    committed = "claim" in hook
    reasons = list(JobAttempt.objects.order_by("attempt").values_list("attempt", "reason"))
    assert reasons == [(1, Reason.ERROR), (2, Reason.LOST)][: 2 if committed else 1]
    assert JobRun.objects.get().attempt == (3 if committed else 2)


def test_a_run_that_kills_its_process_every_time_ends_with_its_tries(job, slot, book):
    """Pain 7: a job that eats all memory is not started for ever."""
    hook = POINTS["in the middle of the command"].hook
    for _ in range(3):
        die(job, slot, hook)
        JobRun.objects.update(lease_expires_at=slot)  # so long ago

    assert again(job, slot).outcome == "attempts_exhausted"

    assert ledger(book) == [(1, "start"), (2, "start"), (3, "start")]
    assert list(JobAttempt.objects.values_list("reason", flat=True)) == [Reason.LOST] * 2
    assert (JobRun.objects.get().reason, JobRun.objects.get().tries) == (Reason.LOST, 3)


def test_the_slot_of_a_killed_process_does_not_block_the_next_one_of_an_exclusive_job(job, slot):
    """Pain 6: the lock of a dead process is released, by the constraint's own rules."""
    die(job, slot, POINTS["in the middle of the command"].hook)
    following = slot + timedelta(minutes=1)
    assert again(job, following).outcome == "overlap_skipped"

    assert again(job, following, after=31).outcome == "succeeded"
    assert JobRun.objects.get(run_date=slot).reason == Reason.LOST
    assert again(job, slot, after=31).outcome == "succeeded"


def test_run_due_picks_up_what_a_killed_process_left(job, slot, book):
    """Pain 7: nobody has to know which slot it was."""
    job_state.know(job, at=slot)
    die(job, slot, POINTS["in the middle of the command"].hook)
    assert due.run_due(RETRY).results == []

    report = due.run_due(RETRY, now=timezone.now() + timedelta(seconds=31))

    assert report.counts == {"succeeded": 1}
    assert ledger(book) == [(1, "start"), (2, "start"), (2, "end")]


@override_settings(JOBS_API={"LEASE_SECONDS": 1, "RENEW_SECONDS": 0.3})
def test_a_trigger_that_waits_takes_over_as_soon_as_the_lease_is_over_by_the_databases_clock(job, slot, book):
    """Pain 7: no clock is set forward here."""
    hook = POINTS["at the start of the command"].hook
    die(job, slot, hook, jobs_api={"LEASE_SECONDS": 1, "RENEW_SECONDS": 0.3})

    result = dispatch(Request(job, slot, RETRY, wait=20))

    assert (result.outcome, result.run.attempt) == ("succeeded", 2)
    assert JobAttempt.objects.get().reason == Reason.LOST
