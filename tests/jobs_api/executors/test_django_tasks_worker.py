"""Attempts that real workers of django-tasks-db take from the test's database."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from django.db import connection
from django.test import override_settings
from django_tasks_db.models import DBTaskResult

from jobs_api.models import JobAttempt, JobRun, Reason, State
from tests.jobs_api.execution.attempts import eventually
from tests.jobs_api.executors.db_worker import db_workers
from tests.jobs_api.triggers.asking import trigger
from tests.toys.child.start import ledger

__all__ = ["db_workers"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """The file that the toy's runs write to, killed or not."""
    return tmp_path / "ledger"


@pytest.fixture
def job(declare, book, db_workers):
    """On demand; says something and writes to the book."""
    return declare(schedule=None, retry_backoff=0, options={"say": "hello", "ledger": str(book)})


def ends(**fields):
    """The run, as soon as it has ended."""
    return eventually(lambda: JobRun.objects.filter(finished_at__isnull=False, **fields).first(), seconds=60)


def statuses() -> list[str]:
    """What the engine believes of its messages, in the order in which they were sent."""
    return list(DBTaskResult.objects.order_by("enqueued_at").values_list("status", flat=True))


def working(book: Path, times: int = 1) -> JobRun:
    """The run, as soon as its command has started that often."""
    eventually(lambda: len(ledger(book)) >= times, seconds=60)
    return JobRun.objects.get()


def test_the_queue_and_the_priority_of_a_job_reach_the_worker_that_serves_them(declare, db_workers):
    routed = {"queue_name": "heavy", "priority": 7, "memory_mb": 4096}
    heavy, light = declare("heavy", schedule=None, executor_options=routed), declare("light", schedule=None)
    db_workers.start("--queue-name", "heavy")

    assert trigger(light, now=None).outcome == "accepted"
    assert trigger(heavy, now=None, wait_own=60).outcome == "succeeded"

    messages = DBTaskResult.objects.order_by("priority").values_list("queue_name", "priority")
    assert list(messages) == [("default", 0), ("heavy", 7)]
    assert JobRun.objects.get(job_name="light").state == State.CLAIMED
    run = JobRun.objects.get(job_name="heavy")
    assert DBTaskResult.objects.get(priority=7).args_kwargs == {"args": [run.pk, 1], "kwargs": {}}


def test_an_attempt_whose_worker_died_before_it_began_is_claimed_again_and_cost_no_try(
    job, book, db_workers, settings
):
    """Pain 16: the message is gone, the run is not."""
    worker = db_workers.start(hook="kill before jobs_api.runs:begin")
    with override_settings(JOBS_API={**settings.JOBS_API, "START_WITHIN_SECONDS": 3}):
        trigger(job, now=None)
    assert worker.wait(60) == -signal.SIGKILL
    db_workers.start()

    eventually(lambda: trigger(job, now=None, wait_own=60).outcome == "succeeded", seconds=60)

    run = JobRun.objects.get()
    assert (run.attempt, run.tries, JobAttempt.objects.get().reason) == (2, 0, Reason.LOST)
    assert ledger(book) == [(2, "start"), (2, "end")]


def test_a_worker_that_does_not_know_the_job_gives_it_back(job, db_workers):
    """A deploy has reached the web hosts first: nothing is held until a deadline."""
    db_workers.start(jobs=[])
    trigger(job, now=None)

    run = ends()

    assert (run.state, run.reason, run.tries, run.held_job) == ("failed", Reason.SUBMIT_FAILED, 0, None)
    assert run.error == "The worker does not know this job."


def test_where_nobody_has_migrated_the_backend_the_trigger_says_so_and_holds_nothing(job):
    """The backend's table is its own; ours is there."""
    with connection.schema_editor() as schema:
        schema.delete_model(DBTaskResult)
    try:
        result = trigger(job, now=None)
    finally:
        with connection.schema_editor() as schema:
            schema.create_model(DBTaskResult)

    run = JobRun.objects.get()
    assert (result.outcome, run.state, run.held_job) == ("submit_failed", State.FAILED, None)
    assert run.error in (f"The tasks backend did not accept the attempt: {name}." for name in ERRORS)
    assert trigger(job, now=None).outcome == "accepted"


ERRORS = ("OperationalError", "ProgrammingError")  # SQLite's, PostgreSQL's
