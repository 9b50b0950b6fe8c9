"""In turns, oldest first, over all jobs and kinds of work."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from jobs_api import clock, current_run, runs
from jobs_api.exceptions import DatabaseBusy
from jobs_api.models import JobRun, State
from jobs_api.runs.types import Trigger
from jobs_api.triggers import due
from tests.conftest import NOON, stored_run

from .waiting import RUN_DUE, known, later, run_due, wanted

pytestmark = pytest.mark.django_db


@pytest.fixture
def mixed(declare):
    """Missed, failed, lost and queued slots of four jobs."""
    missed = known(declare("missed", schedule="0 * * * *", catch_up="all", catch_up_window=2 * 3600))
    stored_run(missed, later(hours=-1))
    failed = known(declare("failed", schedule=None))
    stored_run(failed, later(hours=-3), state=State.FAILED, tries=1, next_attempt_at=NOON)
    lost = known(declare("lost", schedule="30 11 * * *"))
    stored_run(lost, later(minutes=-30), state=State.RUNNING)
    queued = known(declare("backfilled", schedule="0 11 * * *"))
    stored_run(queued, later(hours=-1))
    runs.queue(queued, [later(days=-3), later(days=-2)], Trigger("backfill"), at=NOON, options={})


def test_each_jobs_oldest_slot_comes_before_any_second_one_whatever_kind_of_work_they_are(mixed, toy):
    expected = [
        ("backfilled", later(days=-3)),
        ("failed", later(hours=-3)),
        ("missed", later(hours=-2)),
        ("lost", later(minutes=-30)),
        ("backfilled", later(days=-2)),
        ("missed", NOON),
    ]
    assert wanted() == expected
    started = []
    toy(lambda command, **options: started.append((current_run().job_name, current_run().run_date)))

    report = run_due()

    assert started == expected
    assert (report.counts, report.remaining, report.failed) == ({"succeeded": 6}, 0, False)
    assert wanted() == []


def test_slots_of_the_same_instant_are_started_by_name(declare):
    for name in ("c", "a", "b"):
        known(declare(name, schedule="0 12 * * *"))

    assert [name for name, _ in wanted()] == ["a", "b", "c"]


def test_only_jobs_that_the_caller_may_start_are_looked_at(mixed):
    assert {name for name, _ in wanted(allowed=lambda name: name == "missed")} == {"missed"}
    assert {result.job.name for result in run_due(allowed=lambda name: name != "missed").results} == {
        "backfilled",
        "failed",
        "lost",
    }


def test_looking_starts_nothing_and_changes_nothing(mixed):
    before = list(JobRun.objects.order_by("pk").values())

    wanted()

    assert list(JobRun.objects.order_by("pk").values()) == before


def test_one_job_that_fails_does_not_keep_the_others_from_starting(mixed, toy):
    def behave(command, **options):
        if current_run().job_name == "failed":
            raise ValueError("boom")

    toy(behave)

    report = run_due()

    assert (report.counts, report.failed) == ({"succeeded": 5, "failed": 1}, True)


def test_two_calls_at_once_start_each_slot_once(mixed):
    """Pain 3: two schedulers pointed at run-due are as good as one."""
    second = due.due(now=NOON)
    run_due()

    late = [due._start(item, RUN_DUE, NOON).outcome for item in second]

    assert late == ["already_succeeded"] * 6


def test_one_slot_that_cannot_be_started_does_not_keep_the_others_from_it(declare, monkeypatch):
    for name in ("first", "second", "third"):
        known(declare(name, schedule="0 12 * * *"))
    dispatch = due.dispatch.dispatch

    def refuse_the_first(request, **asked):
        if request.job.name == "first":
            raise OperationalError("deadlock detected")
        return dispatch(request, **asked)

    monkeypatch.setattr(due.dispatch, "dispatch", refuse_the_first)
    report = run_due()
    assert (report.counts, report.remaining) == ({"succeeded": 2}, 1)


def test_where_nothing_can_be_started_the_call_fails(declare, monkeypatch):
    known(declare("first", schedule="0 12 * * *"))

    def refuse(request, **asked):
        raise OperationalError("the database system is shutting down")

    monkeypatch.setattr(due.dispatch, "dispatch", refuse)
    with pytest.raises(DatabaseBusy):
        run_due()


def test_a_host_whose_clock_is_late_goes_by_the_databases(declare, monkeypatch):
    job = known(declare(schedule=None))
    a_minute_ago = timezone.now() - timedelta(minutes=1)
    stored_run(job, later(hours=-3), state=State.RUNNING, lease_expires_at=a_minute_ago)
    stored_run(job, later(hours=-4), state=State.FAILED, tries=1, next_attempt_at=a_minute_ago)
    late = timezone.now() - timedelta(minutes=5)
    monkeypatch.setattr(clock, "host", lambda: late)

    assert run_due(None).counts == {"succeeded": 2}


def test_a_token_for_one_job_leaves_the_silent_runs_of_others_alone(declare):
    stored_run(known(declare("mine", schedule=None)), later(hours=-1), state=State.RUNNING)
    theirs = stored_run(known(declare("theirs", schedule=None)), later(hours=-1), state=State.RUNNING)

    run_due(allowed=lambda name: name == "mine")

    theirs.refresh_from_db()
    assert theirs.state == State.RUNNING
