"""An executor that takes nothing, or breaks: what becomes of the other slots of the call."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from jobs_api import executors
from jobs_api.exceptions import DatabaseBusy, SubmitFailed
from jobs_api.models import JobRun, Reason, State
from tests.conftest import NOON, stored_run

from .waiting import known, later, run_due, wanted

pytestmark = pytest.mark.django_db


@pytest.fixture
def away(monkeypatch):
    """``away("celery")``: these executors take nothing; the other ones take all. Says who was asked."""
    asked = []

    class Engine(executors.Executor):
        def __init__(self, refuses):
            self.refuses = refuses

        def submit(self, job, lease):
            asked.append(job.name)
            if self.refuses:
                raise SubmitFailed("the broker is away")

    def use(*names):
        monkeypatch.setattr(executors, "load", lambda name: Engine(name in names))
        return asked

    return use


def due_since(declare, **executor_of):
    """A job per executor, the first one due the longest."""
    for hours, (name, executor) in enumerate(reversed(executor_of.items()), start=1):
        job = known(declare(name, schedule=None, executor=executor))
        stored_run(job, later(hours=-hours), state=State.FAILED, next_attempt_at=NOON)


def test_an_executor_that_takes_nothing_is_asked_once_in_a_call(declare, away):
    """Pain 14: each look at a silent broker takes a second, and the caller waits."""
    due_since(declare, a="celery", b="celery", c="django_tasks", d="celery")
    asked = away("celery")

    report = run_due()

    assert asked == ["a", "c"]
    assert (report.counts, report.remaining) == ({"submit_failed": 1, "accepted": 1}, 4)


def test_a_job_that_its_executor_never_takes_does_not_keep_the_others_waiting_for_ever(declare, away):
    """Nor do two: who was refused goes behind the others, each in its turn."""
    due_since(declare, a="celery", b="celery", c="celery")
    asked = away("celery")

    for minutes in range(5):
        run_due(later(minutes=minutes))

    assert asked == ["a", "b", "c", "a", "b"]


def test_slots_of_a_job_that_was_refused_are_still_started_oldest_first(declare, away):
    away("celery")
    due_since(declare, a="celery", b="celery")
    newer = known(declare("c", schedule=None, executor="celery"))
    for hours in (9, 8):
        stored_run(newer, later(hours=-hours), state=State.FAILED, next_attempt_at=NOON)

    run_due()

    slots = [(name, run_date) for name, run_date in wanted(later(minutes=1))]
    assert slots[-2:] == [("c", later(hours=-9)), ("c", later(hours=-8))]
    assert JobRun.objects.get(run_date=later(hours=-9)).reason == Reason.SUBMIT_FAILED


@pytest.fixture
def breaking(monkeypatch):
    """``breaking("a", OSError())``: this job's executor raises that."""

    def use(name, error):
        class Engine(executors.Executor):
            def submit(self, job, lease):
                if job.name == name:
                    raise error

        monkeypatch.setattr(executors, "load", lambda name: Engine())

    return use


def test_a_slot_whose_executor_breaks_does_not_keep_the_others_from_starting(declare, breaking, caplog):
    due_since(declare, a="subprocess", b="subprocess")
    breaking("a", OSError("Too many open files"))

    report = run_due()

    assert (report.counts, report.remaining, report.errors) == ({"accepted": 1}, 2, 1)
    assert "could not start a" in caplog.text
    assert "Too many open files" in caplog.text  # with its traceback


def test_where_all_break_work_remains_all_the_same(declare, breaking):
    """Pain 18: the call does not look as if there had been nothing to do."""
    due_since(declare, a="subprocess")
    breaking("a", OSError("Too many open files"))

    report = run_due()

    assert (report.results, report.remaining, report.errors) == ([], 1, 1)


def test_where_the_database_takes_nothing_the_caller_is_told_so(declare, breaking):
    due_since(declare, a="subprocess")
    breaking("a", OperationalError("the server closed the connection"))

    with pytest.raises(DatabaseBusy):
        run_due()
