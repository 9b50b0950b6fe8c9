"""How late the triggers of each source come: by the slot, not by the call, and once for each slot."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from jobs_api.models import TriggerSource
from jobs_api.monitoring import job_totals, source_jobs, sources, trigger_counts
from jobs_api.monitoring.measures import Lateness
from jobs_api.monitoring.source_jobs import JobCalls
from jobs_api.monitoring.tallies import POLLS
from jobs_api.runs.types import RUN_DUE, Trigger
from jobs_api.triggers import dispatch as dispatching
from jobs_api.triggers.backfill import backfill, plan_backfill
from jobs_api.triggers.dispatch import dispatch
from jobs_api.triggers.due import run_due
from jobs_api.triggers.payload import Payload
from jobs_api.triggers.request import Request
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=number) for number in (1, 60, 3600, 86400))
SLOT = NOON.replace(hour=3)


@pytest.fixture
def job(declare, toy):
    toy(lambda command, **options: None)
    return declare(catch_up_window=10**6)


def come(job, at, *, kind="http", source="curl", **more):
    result = dispatch(Payload(kind, source=source, actor="ci", **more).request(job), now=at)
    trigger_counts.flush()
    return result.outcome


def late(source="curl"):
    row = TriggerSource.objects.get(source=source)
    return (row.last_late, row.usual_late, row.worst_late)


@pytest.mark.parametrize("kind", ["http", "command", "python"])
def test_it_is_the_time_from_the_slot_to_the_trigger_by_whatever_entrance(job, kind):
    assert come(job, SLOT + 40 * SECOND, kind=kind) == "succeeded"
    assert late() == (40, 40, 40)


def test_a_source_that_always_comes_second_has_one_too(job):
    come(job, SLOT + 5 * SECOND, source="first")
    assert come(job, SLOT + 40 * SECOND, source="second") == "already_succeeded"
    assert (late("first")[0], late("second")[0]) == (5, 40)


def test_an_early_trigger_within_the_tolerance_is_not_late(job):
    come(job, SLOT - 30 * SECOND)
    assert late() == (0, 0, 0)


def test_a_repeat_of_a_slot_says_nothing_whichever_process_took_it(job):
    """A retry storm, or the surplus call of an export in UTC, which finds the slot of the day before."""
    come(job, SLOT + 10 * SECOND)
    for again in (MINUTE, HOUR, 20 * HOUR):
        trigger_counts.writer.clear()  # another process has noted nothing
        come(job, SLOT + again)
    assert late() == (10, 10, 10)
    come(job, SLOT + DAY + 30 * SECOND)
    assert late()[0] == 30


def test_a_late_redelivery_of_a_platform_is_as_late_as_it_is(job):
    come(job, SLOT + 2 * HOUR, scheduled_at=(SLOT + SECOND).isoformat())
    assert late()[0] == 7200


SILENT = {
    "a slot that somebody names": {"run_dates": ("2026-11-19",)},
    "a rerun": {"force": True},
}


@pytest.mark.parametrize("case", SILENT)
def test_what_a_person_orders_says_nothing_about_when_a_source_calls(job, case):
    come(job, SLOT + 9 * HOUR, **SILENT[case])
    assert late() == (None, None, None)
    assert TriggerSource.objects.get().calls == 1


def test_a_job_without_a_schedule_is_never_late(declare, toy):
    toy(lambda command, **options: None)
    come(declare(schedule=None), NOON)
    assert late() == (None, None, None)


def test_the_time_of_an_inline_run_is_not_lateness(job):
    request = Payload("http").request(job)
    result = dispatch(request, now=SLOT + HOUR)
    slot, seconds = dispatching._late(request, result, SLOT + HOUR, 3000)
    assert (slot, seconds) == (SLOT, 600)
    assert dispatching._late(request, result, SLOT + HOUR, 5000)[1] == 0


def test_run_due_is_as_late_as_what_it_starts(job):
    run_due(Trigger(RUN_DUE, "poller"), now=SLOT - HOUR)
    trigger_counts.flush()
    assert late("poller") == (None, None, None)  # it found nothing due
    run_due(Trigger(RUN_DUE, "poller"), now=SLOT + 7 * MINUTE)
    trigger_counts.flush()
    assert late("poller") == (420, 420, 420)
    assert list(TriggerSource.objects.get().jobs) == [POLLS]


def test_what_an_operator_has_queued_and_what_is_tried_again_is_not_run_dues_lateness(job):
    dispatch(Payload("http").request(job), now=SLOT)
    backfill(plan_backfill(job, SLOT - 3 * DAY, SLOT, now=SLOT), Trigger("backfill"), at=SLOT)
    report = run_due(Trigger(RUN_DUE, "poller"), now=SLOT + MINUTE)
    assert report.counts == {"succeeded": 3}
    trigger_counts.flush()
    assert late("poller") == (None, None, None)
    assert TriggerSource.objects.get(source="poller").wins == 3
    (result, *_) = report.results
    again = dataclasses.replace(result, run=dataclasses.replace(result.run, attempt=2))
    request = Request(job, result.run_date, Trigger(RUN_DUE))
    assert dispatching._late(request, again, NOON, 0) is None
    assert dispatching._late(request, result, NOON, 0) is not None


# -- what is usual, and what is the worst lately ----------------------------------------------


def test_the_usual_follows_and_the_worst_is_forgotten():
    week = 7 * 86400
    known = Lateness().after([600], 0)
    assert known == Lateness(600, 600, 600)
    for _ in range(40):
        known = known.after([10], 86400)
    assert known.last == 10
    assert 10 < known.usual < 15
    assert known.worst < 600 * 0.5 ** (39 / 7) + 1
    assert Lateness(1, 1, 100).after([], week).worst == 50
    assert Lateness(1, 1, 100).after([3], -week).worst == 100


def test_several_slots_between_two_writes_count_each(job):
    for day in range(3):
        dispatch(Payload("http", source="curl").request(job), now=SLOT + day * DAY + (day + 1) * MINUTE)
    assert len(sources.tallies["curl", ""].lates) == 3
    trigger_counts.flush()
    last, usual, worst = late()
    assert (last, worst) == (180, 180)
    assert 60 < usual < 100


# -- where it is kept -------------------------------------------------------------------------


def test_a_source_with_many_jobs_is_written_with_as_many_statements_as_one(
    django_assert_num_queries, monkeypatch
):
    monkeypatch.setattr(job_totals.switch, "on", False)
    at = timezone.now()  # what is older than a month takes further statements: it is deleted

    def note(names):
        for name in names:
            trigger_counts.answered(Trigger("http", "curl", "ci"), name, "succeeded", at, (at, 5.0))

    note(["a"])
    trigger_counts.flush()
    note([f"job{number}" for number in range(60)])
    with django_assert_num_queries(5):
        trigger_counts.flush()
    assert len(TriggerSource.objects.get().jobs) == 61


def test_a_source_has_room_for_a_hundred_jobs_and_the_oldest_gives_way_after_a_month():
    for number in range(source_jobs.JOBS + 5):
        trigger_counts.answered(Trigger("http", "curl", "ci"), f"job{number}", "succeeded", NOON, None)
    sources_before = sources.guess
    try:
        sources.guess = lambda: NOON
        trigger_counts.flush()
        row = TriggerSource.objects.get()
        assert (len(row.jobs), row.calls) == (source_jobs.JOBS, source_jobs.JOBS + 5)
        later = NOON + 31 * DAY
        sources.guess = lambda: later
        trigger_counts.answered(Trigger("http", "curl", "ci"), "new", "succeeded", later, None)
        trigger_counts.flush()
    finally:
        sources.guess = sources_before
    row = TriggerSource.objects.get()
    assert "new" in row.jobs
    assert len(row.jobs) == source_jobs.JOBS


def test_a_job_that_a_wrong_clock_has_written_ahead_begins_anew():
    ahead = JobCalls((NOON + 900 * DAY).timestamp(), (NOON + 900 * DAY).timestamp(), slot=9e9).stored()
    TriggerSource.objects.create(
        source="curl", actor="ci", first_at=NOON, last_at=NOON, jobs={"nightly": ahead}
    )
    trigger_counts.answered(Trigger("http", "curl", "ci"), "nightly", "succeeded", NOON, (SLOT, 5.0))
    trigger_counts.flush()
    entry = TriggerSource.objects.get().jobs["nightly"]
    assert (entry["last"], entry["slot"], entry["lateness"][0]) == (NOON.timestamp(), SLOT.timestamp(), 5)


def test_an_entry_is_plain_json_and_that_of_another_version_is_read():
    calls = JobCalls(1, 2, 3, 4, 5, 6, Lateness(7, None, 8))
    assert JobCalls.of(json.loads(json.dumps(calls.stored()))) == calls
    assert JobCalls.of({"first": 1, "last": 2, "added": "later"}) == JobCalls(1, 2)
    assert source_jobs.read(None) == {}
