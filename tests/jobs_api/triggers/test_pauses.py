"""Pauses are intervals: what passed during one is not missed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs_api.exceptions import BadInput
from jobs_api.models import JobPause, State
from jobs_api.runs import pausing
from jobs_api.runs.backlog import waiting
from jobs_api.runs.types import PauseSummary
from jobs_api.signals import job_resumed
from jobs_api.triggers.dispatch import Request, dispatch
from jobs_api.worker.delivery import deliver
from tests.conftest import NOON, stored_run

from .waiting import RUN_DUE, hours, known, later, run_due, wanted

pytestmark = pytest.mark.django_db


def pause(job, start, end=None) -> None:
    """Pause the job from `start` to `end`, hours around NOON."""
    pausing.pause(job, actor="ann", comment="", at=later(hours=start))
    if end is not None:
        pausing.resume(job, actor="", comment="", at=later(hours=end))


@pytest.mark.parametrize("catch_up", ["latest", "all"])
def test_resuming_a_job_does_not_fire_what_passed_meanwhile(declare, catch_up):
    """Pain 11: resuming a paused job fires it at once."""
    job = known(declare(schedule="0 * * * *", catch_up=catch_up, catch_up_window=4 * 3600))
    stored_run(job, later(hours=-5))
    pause(job, -4.5, 0.25)

    assert wanted(later(minutes=30)) == []
    assert hours(later(hours=1)) == [1]


def test_only_slots_within_the_pauses_are_left_out(declare):
    """Pain 11: a pause is an interval with two ends."""
    job = known(declare(schedule="0 * * * *", catch_up="all", catch_up_window=8 * 3600))
    pause(job, -7.5, -5.5)
    pause(job, -3, -2)

    assert hours() == [-8, -5, -4, -2, -1, 0]


def test_the_newest_slot_before_a_pause_is_still_missed_after_it(declare):
    job = known(declare(schedule="0 12 * * *", catch_up_window=7200))
    pause(job, 0.25, 0.5)

    assert hours(later(hours=1)) == [0]


@pytest.mark.parametrize("catch_up", ["latest", "all", "none"])
def test_a_paused_job_is_not_started(declare, catch_up):
    job = known(declare(schedule="0 * * * *", catch_up=catch_up))
    stored_run(job, later(hours=-1), state=State.FAILED, tries=1, next_attempt_at=NOON)
    pause(job, -0.5)

    assert run_due().results == []


def test_a_run_that_failed_before_the_pause_is_tried_again_after_it(declare):
    job = known(declare(schedule=None))
    stored_run(job, later(hours=-1), state=State.FAILED, tries=1, next_attempt_at=later(hours=-1))
    pause(job, -0.75, -0.5)

    assert hours() == [-1]


def test_a_trigger_that_names_the_job_may_run_a_slot_that_passed_during_a_pause(declare):
    job = known(declare(schedule="0 12 * * *"))
    pause(job, -1, 1)

    assert dispatch(Request(job, NOON, RUN_DUE), now=later(hours=2)).outcome == "succeeded"


def test_pausing_twice_is_one_pause_and_resuming_twice_changes_nothing(declare):
    job = declare()

    assert pausing.pause(job, actor="ann", comment="stock-taking", at=NOON).changed
    assert not pausing.pause(job, actor="bob", comment="", at=later(hours=1)).changed
    assert pausing.resume(job, actor="", comment="", at=later(hours=2)).changed
    assert not pausing.resume(job, actor="", comment="", at=later(hours=3)).changed

    [only] = JobPause.objects.all()
    assert (only.actor, only.comment, only.started_at, only.ended_at) == (
        "ann", "stock-taking", NOON, later(hours=2),
    )  # fmt: skip


def test_a_pause_ends_not_before_it_began_though_clocks_of_two_hosts_differ(declare):
    job = declare()
    pausing.pause(job, actor="ann", comment="", at=NOON)

    assert pausing.resume(job, actor="", comment="", at=later(seconds=-2)).changed
    assert JobPause.objects.get().ended_at == NOON


def test_pausing_one_job_leaves_the_others_alone(declare):
    one, two = known(declare("one", schedule="0 12 * * *")), known(declare("two", schedule="0 12 * * *"))
    pause(one, -1)

    assert wanted() == [(two.name, NOON)]


# -- a pause with an end ----------------------------------------------------------------------


def until(job, end, *, start=-1.0, actor="ann", comment="moving"):
    """Pause the job from `start` until `end`, hours around NOON."""
    return pausing.pause(job, actor=actor, comment=comment, at=later(hours=start), until=later(hours=end))


@pytest.mark.parametrize(
    ("seconds", "outcome"),
    {"before": (-1, "paused"), "at that instant": (0, "succeeded"), "after": (1, "succeeded")}.values(),
)
def test_a_pause_is_over_at_its_end_by_itself(declare, seconds, outcome):
    """Pain 35: nobody knows why, or until when, a job is paused."""
    job = declare(schedule="0 12 * * *")
    until(job, 0.5)

    assert dispatch(Request(job, NOON, RUN_DUE), now=later(minutes=30, seconds=seconds)).outcome == outcome
    assert JobPause.objects.get().ended_at is None  # a trigger has no statement to spare for that


def test_the_answer_tells_who_paused_the_job_when_why_and_until_when(declare):
    job = declare(schedule="0 12 * * *")
    until(job, 9)

    told = dispatch(Request(job, NOON, RUN_DUE), now=NOON).pause

    assert told == PauseSummary(later(hours=-1), later(hours=9), "ann", "moving")


@pytest.mark.parametrize("catch_up", ["latest", "all"])
def test_what_passed_before_the_end_is_not_missed_and_what_came_after_it_is(declare, catch_up):
    """Pain 11: resuming a paused job fires it at once; also where nobody resumes it."""
    job = known(declare(schedule="0 * * * *", catch_up=catch_up, catch_up_window=4 * 3600))
    stored_run(job, later(hours=-5))
    until(job, 0.25, start=-4.5)

    assert wanted(NOON) == []
    assert wanted(later(minutes=30)) == []
    assert hours(later(hours=1)) == [1]


def test_the_slot_at_the_end_itself_is_due(declare):
    job = known(declare(schedule="0 * * * *"))
    until(job, 0)

    assert hours() == [0]


def test_run_due_closes_what_is_over_and_tells_so_once(declare, heard):
    job, other = known(declare(schedule=None)), known(declare("other", schedule=None))
    until(job, 0.5)
    until(other, 2)
    heard.events.clear()

    for minutes in (0, 45, 45):
        run_due(later(minutes=minutes))

    assert heard.of(job_resumed) == [
        {"job": "nightly", "actor": "", "comment": "its end was reached", "at": later(minutes=30)}
    ]
    row = JobPause.objects.get(job_name="nightly")
    assert (row.ended_at, row.resumed_by, row.resume_comment) == (
        later(minutes=30), "", "its end was reached",
    )  # fmt: skip
    assert JobPause.objects.get(job_name="other").ended_at is None


def test_a_pause_that_somebody_else_has_closed_is_not_told_again(declare, heard):
    until(declare(), 0.5)
    [as_read] = JobPause.objects.all()

    for _ in range(2):
        pausing.end_those_over([as_read], at=later(hours=1))

    assert heard.names == ["job_paused", "job_resumed"]


def test_who_resumes_a_job_after_the_end_of_its_pause_changes_nothing(declare, heard):
    job = declare()
    until(job, 0.5)

    assert not pausing.resume(job, actor="bob", comment="done", at=later(hours=1)).changed
    assert [one["actor"] for one in heard.of(job_resumed)] == [""]
    assert JobPause.objects.get().resumed_by == ""


def test_a_job_is_paused_again_after_the_end_of_its_pause(declare, heard):
    job = declare()
    until(job, 0.5)

    assert until(job, 2, start=1, actor="bob").changed

    first, second = JobPause.objects.order_by("pk")
    assert (first.ended_at, first.resumed_by) == (later(minutes=30), "")
    assert (second.started_at, second.actor, second.ended_at) == (later(hours=1), "bob", None)
    assert heard.names == ["job_paused", "job_resumed", "job_paused"]


@pytest.mark.parametrize(
    ("comment", "end", "changed"),
    {
        "the same": ("moving", 5, False),
        "no reason": ("", 5, False),
        "another reason": ("moved", 5, True),
        "another end": ("moving", 6, True),
        "no reason and another end": ("", 6, True),
    }.values(),
)
def test_of_two_pauses_the_newest_instruction_counts(declare, heard, comment, end, changed):
    job = declare()
    until(job, 5)

    assert until(job, end, start=0, actor="bob", comment=comment).changed is changed

    assert heard.names == ["job_paused"] * (1 + changed)
    first = JobPause.objects.earliest("pk")
    assert first.ended_at == (NOON if changed else None)
    if changed:
        newest = pausing.last_pause(job)
        assert (first.resumed_by, first.resume_comment) == ("bob", "replaced by another pause")
        assert (newest.started_at, newest.actor, newest.comment) == (NOON, "bob", comment)
        assert (newest.until, newest.ended_at) == (later(hours=end), None)


def test_the_newest_pause_is_the_last_one_though_the_clocks_of_two_operators_differ(declare):
    job = declare()
    until(job, 5)
    until(job, 6, start=-1.01, actor="bob")

    last = pausing.last_pause(job)
    assert (last.actor, last.started_at, last.ended_at) == ("bob", later(hours=-1), None)


def test_a_pause_without_end_replaces_one_with_an_end(declare):
    job = known(declare(schedule="0 * * * *"))
    until(job, 0.5)
    pausing.pause(job, actor="bob", comment="for good", at=NOON)

    assert wanted(later(hours=2)) == []
    assert pausing.last_pause(job).until is None


@pytest.mark.parametrize("hour", [-1, 0])
def test_a_pause_that_would_be_over_is_refused(declare, hour):
    with pytest.raises(BadInput, match="`until` is in the past: it is 2026-"):
        until(declare(), hour, start=0)
    assert not JobPause.objects.exists()


# -- what waits meanwhile ---------------------------------------------------------------------


@pytest.mark.parametrize("trigger", ["http", "run_due", "backfill", "rerun"])
def test_queued_slots_and_retries_wait_whatever_ordered_them(declare, trigger):
    """Pain 35: what an operator had ordered before started although the job was paused."""
    job = known(declare(schedule=None, overlap="allow"))
    stored_run(job, later(hours=-3), state=State.QUEUED, next_attempt_at=NOON, trigger=trigger)
    stored_run(job, later(hours=-2), state=State.FAILED, tries=1, next_attempt_at=NOON, trigger=trigger)
    until(job, 0.5)

    assert run_due().results == []
    assert run_due(later(hours=1)).counts == {"succeeded": 2}


def test_a_retry_of_a_slot_waits_for_whoever_names_it_unless_they_force_it(declare):
    job = declare(schedule="0 12 * * *")
    stored_run(job, state=State.FAILED, tries=1, next_attempt_at=NOON, trigger="rerun")
    pausing.pause(job, actor="ann", comment="", at=NOON)

    assert dispatch(Request(job, NOON, RUN_DUE, ordered=True), now=NOON).outcome == "paused"
    assert dispatch(Request(job, NOON, RUN_DUE, force=True), now=NOON).outcome == "succeeded"


def test_an_attempt_that_an_engine_has_already_runs_when_its_worker_comes(declare):
    """It was started before the pause; to prevent it, an operator cancels it."""
    job, now = declare(), timezone.now()
    run = stored_run(job, state=State.CLAIMED, claimed_at=now, lease_expires_at=now + timedelta(hours=1))
    pausing.pause(job, actor="ann", comment="", at=now)

    assert deliver(run.pk, 1, isolated=False).state == State.SUCCEEDED


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by what is in the table")
def test_what_waits_is_found_in_the_small_indexes_however_many_runs_there_are(declare):
    with CaptureQueriesContext(connection) as queries:
        waiting([declare()], at=NOON, now=NOON)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {queries[0]['sql']}")
        plan = " ".join(row[-1] for row in cursor.fetchall())

    assert "jobs_api_waiting" in plan
    assert "jobs_api_leases" in plan
    assert "SCAN" not in plan


def test_a_pause_tells_how_many_wait(declare):
    job, other = declare(overlap="allow", max_attempts=2, expires=86400), declare("other")
    waits = {"next_attempt_at": later(hours=9)}
    stored_run(job, later(hours=-1), state=State.QUEUED, **waits)
    stored_run(job, later(hours=-2), state=State.FAILED, tries=1, **waits)  # in back-off
    stored_run(job, later(hours=-3), state=State.RUNNING)  # its holder is silent
    stored_run(job, later(days=-9), state=State.QUEUED, trigger="backfill", **waits)
    for hour, fields in enumerate((
        {"state": State.SUCCEEDED},
        {"state": State.FAILED, "tries": 2, **waits},
        {"state": State.FAILED, "tries": 1},
        {"state": State.RUNNING, "lease_expires_at": later(hours=1)},
        {"state": State.RUNNING, "cancel_requested_at": NOON},
    )):  # fmt: skip
        stored_run(job, later(hours=-hour, minutes=-30), **fields)
    stored_run(job, later(days=-8), state=State.QUEUED, **waits)  # too old for its job
    stored_run(other, state=State.QUEUED, **waits)

    assert waiting([job], at=NOON, now=NOON) == {"nightly": 4}
    assert waiting([job, other], at=NOON, now=NOON) == {"nightly": 4, "other": 1}
    assert waiting([], at=NOON) == {}
