"""Oldest first, over all jobs and kinds of work."""

from __future__ import annotations

import pytest

from jobs_api import current_run, due, runs
from jobs_api.leases import Trigger
from jobs_api.models import JobRun, State
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


def test_slots_are_started_oldest_first_whatever_kind_of_work_they_are(mixed, toy):
    expected = [
        ("backfilled", later(days=-3)),
        ("backfilled", later(days=-2)),
        ("failed", later(hours=-3)),
        ("missed", later(hours=-2)),
        ("lost", later(minutes=-30)),
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
