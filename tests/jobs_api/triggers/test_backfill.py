"""Backfill: the slots of an interval that have no run, queued and started oldest first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs_api import runs
from jobs_api.exceptions import BadInput
from jobs_api.models import JobRun, State
from jobs_api.runs import pausing
from jobs_api.runs.types import BACKFILL, Trigger
from jobs_api.triggers.backfill import backfill, plan_backfill
from jobs_api.triggers.dispatch import Request, dispatch
from tests.conftest import NOON, stored_run

from .waiting import known, later, run_due, wanted

pytestmark = pytest.mark.django_db

ANN = Trigger(BACKFILL, "", "ann", "lost week")


def fill(job, start, end, **named) -> None:
    backfill(plan_backfill(job, start, end, now=NOON), ANN, at=NOON, **named)


def test_it_queues_the_slots_without_a_run_and_its_end_is_exclusive(declare):
    """Pain 25: past slots on demand, who asked for them and why on record."""
    job = known(declare(schedule="0 12 * * *"))
    stored_run(job, later(days=-2))
    plan = plan_backfill(job, later(days=-3), NOON, now=NOON)

    assert plan.slots == [later(days=-3), later(days=-2), later(days=-1)]
    assert plan.queued == [later(days=-3), later(days=-1)]
    assert JobRun.objects.count() == 1  # a plan writes nothing

    backfill(plan, ANN, at=NOON, options={"days": 7})

    queued = JobRun.objects.filter(state=State.QUEUED).order_by("run_date")
    assert [run.run_date for run in queued] == plan.queued
    assert {(run.actor, run.comment, run.attempt, run.options["days"]) for run in queued} == {
        ("ann", "lost week", 0, 7)
    }


def test_asking_twice_queues_once(declare):
    job = known(declare(schedule="0 12 * * *"))
    plan = plan_backfill(job, later(days=-3), NOON, now=NOON)

    backfill(plan, ANN, at=NOON)
    backfill(plan, ANN, at=NOON)

    assert JobRun.objects.count() == 3
    assert plan_backfill(job, later(days=-3), NOON, now=NOON).queued == []


def test_queued_slots_are_started_oldest_first_and_before_what_is_due_now(declare):
    """Pain 10: an operator decides what is made up for."""
    job = known(declare(schedule="0 12 * * *"))
    fill(job, later(days=-3), NOON)

    assert [run_date for _, run_date in wanted()] == [later(days=day) for day in (-3, -2, -1, 0)]
    assert run_due().counts == {"succeeded": 4}


def test_it_ignores_expires_and_waits_while_the_job_is_paused(declare):
    """Pain 35: what was queued started although its job was paused."""
    job = known(declare(schedule="0 12 * * *", expires=3600))
    pausing.pause(job, actor="ann", comment="", at=later(days=-9))
    fill(job, later(days=-2), NOON)

    assert run_due().counts == {}

    pausing.resume(job, actor="ann", comment="", at=later(seconds=1))
    assert run_due().counts == {"succeeded": 2}


def test_it_ignores_since_when_the_job_is_known(declare):
    job = known(declare(schedule="0 12 * * *"), since=later(days=-1))
    stored_run(job)
    fill(job, later(days=-5), later(days=-3))

    assert run_due().counts == {"succeeded": 2}


def test_a_slot_that_was_ordered_stays_so_when_its_attempt_was_cut_short(declare, toy):
    """Pain 16: a deploy cuts the run; run-due goes on although the slot is old."""

    def stopped(command, **options):
        raise KeyboardInterrupt

    soon = timezone.now() + timedelta(minutes=5)  # what was cut short may go on at once, by the real clock
    far = (soon.hour + 6) % 24  # so that no slot of today is due
    job = known(declare(schedule=f"0 {far} * * *", expires=3600))
    fill(job, later(days=-2), later(days=-1))
    for _ in range(2):
        toy(stopped)
        with pytest.raises(KeyboardInterrupt):
            run_due(soon)
    toy(lambda command, **options: None)

    assert run_due(soon).counts == {"succeeded": 1}
    run = JobRun.objects.get()
    assert (run.attempt, run.trigger, run.actor, run.note) == (3, "backfill", "ann", "started by run_due")


def test_it_never_starts_what_is_beyond_the_retention(declare):
    job = known(declare(schedule="0 12 * * *"))
    fill(job, later(days=-399), later(days=-398))

    assert run_due(later(days=3)).counts == {"succeeded": 1}  # today's
    assert JobRun.objects.filter(state=State.QUEUED).count() == 1


def test_a_trigger_for_a_queued_slot_starts_it(declare):
    job = known(declare(schedule="0 12 * * *"))
    fill(job, later(days=-1), NOON)

    result = dispatch(Request(job, later(days=-1), Trigger("http")), now=NOON)

    assert (result.outcome, result.run.attempt) == ("succeeded", 1)


def test_a_queued_slot_that_an_operator_cancelled_is_not_started(declare):
    job = known(declare(schedule="0 12 * * *"))
    stored_run(job)
    fill(job, later(days=-2), NOON)
    runs.cancel(JobRun.objects.get(run_date=later(days=-2)), actor="ann", at=NOON)

    assert run_due().counts == {"succeeded": 1}


REFUSED = {
    "nothing between": ("0 12 * * *", NOON, NOON, "`end` .* must be later"),
    "backwards": ("0 12 * * *", NOON, later(days=-1), "`end` .* must be later"),
    "in the future": ("0 12 * * *", NOON, later(days=2), "in the future"),
    "beyond the retention": ("0 12 * * *", later(days=-401), NOON, "older than the retention"),
    "on demand": (None, later(days=-1), NOON, "no schedule"),
    "too many": ("0 * * * *", later(days=-50), NOON, "1,200 slots; at most 1,000"),
    "very many": ("* * * * *", later(days=-50), NOON, "more than 10,000 slots"),
}


@pytest.mark.parametrize(("schedule", "start", "end", "message"), REFUSED.values(), ids=REFUSED)
def test_an_interval_that_cannot_be_filled_is_refused_with_the_reason(declare, schedule, start, end, message):
    job = declare(schedule=schedule)

    with pytest.raises(BadInput, match=message):
        plan_backfill(job, start, end, now=NOON)


def test_a_thousand_slots_are_not_too_many(declare):
    job = declare(schedule="0 * * * *")

    fill(job, later(hours=-1000), NOON)

    assert JobRun.objects.filter(state=State.QUEUED).count() == 1000
