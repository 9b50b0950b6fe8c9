"""Each event is told once, by its signal, with what a receiver needs."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from jobs_api import executors, signals
from jobs_api.exceptions import NoRoom, SubmitFailed
from jobs_api.execution import drain
from jobs_api.models import JobRun, Reason, State
from jobs_api.runs.types import RUN_DUE, Trigger
from jobs_api.triggers import due
from jobs_api.triggers.cancelling import cancel_run
from tests.conftest import stored_run
from tests.jobs_api.executors.backends import IMMEDIATE
from tests.jobs_api.triggers.asking import RECENT, trigger

pytestmark = pytest.mark.django_db(transaction=True)

ATTEMPT = ["run_claimed", "attempt_started", "attempt_finished"]


class Courier(executors.Executor):
    """An executor that does with a lease what a test says."""

    def __init__(self, submit):
        self.submit = submit


@pytest.fixture
def courier(monkeypatch):
    """``courier(lambda job, lease: ...)`` is what takes all attempts from now on."""
    return lambda submit: monkeypatch.setattr(executors, "load", lambda name: Courier(submit))


def nothing(command, **options):
    """Does nothing."""


def fail(command, **options):
    raise ValueError("boom")


def test_an_inline_run_is_told_from_its_claim_to_the_answer(declare, toy, heard):
    toy(lambda command, **options: command.stdout.write("hello"))

    result = trigger(declare(), now=None, by=Trigger("http", "curl", "ci", "a reason"))

    assert heard.names == [*ATTEMPT, "trigger_answered"]
    run = JobRun.objects.get()
    about = {"job": "nightly", "run": run.pk, "run_date": RECENT, "attempt": 1}
    origin = {"trigger": "http", "source": "curl", "actor": "ci", "traceparent": ""}
    by = {**origin, "comment": "a reason"}
    assert heard.one(signals.run_claimed) == {**about, **by}
    started = {**about, **origin, "started_at": run.started_at}
    assert heard.one(signals.attempt_started) == started
    assert heard.one(signals.attempt_finished) == {
        **started,
        "state": "succeeded",
        "reason": "",
        "error": "",
        "finished_at": run.finished_at,
        "closed_by": "holder",
        "exception": None,
        "output": (b"hello\n", b"", 6),
    }
    answered = heard.one(signals.trigger_answered)
    assert abs(answered.pop("at") - timezone.now()).total_seconds() < 60
    assert answered == {**about, **by, "outcome": result.outcome}


def test_an_inline_failure_comes_with_what_was_raised(declare, toy, heard):
    toy(fail)
    trigger(declare(), now=None)
    ending = heard.one(signals.attempt_finished)
    assert (ending["state"], ending["reason"], ending["error"]) == ("failed", "error", "ValueError: boom")
    assert isinstance(ending["exception"], ValueError)


@override_settings(TASKS=IMMEDIATE)
def test_an_attempt_that_an_engine_delivers_is_told_the_same(declare, toy, heard):
    toy(nothing)
    trigger(declare(executor="django_tasks"), now=None)
    assert heard.names == [*ATTEMPT, "trigger_answered"]


def test_a_duplicate_is_answered_and_nothing_else(declare, heard):
    run = stored_run(declare(), RECENT)
    trigger(declare(), now=None)
    assert heard.names == ["trigger_answered"]
    answered = heard.one(signals.trigger_answered)
    assert (answered["outcome"], answered["run"], answered["attempt"]) == ("already_succeeded", run.pk, 1)


def test_every_entrance_tells_what_it_answered(api, declare, toy, heard):
    toy(nothing)
    declare(schedule=None)
    api("POST", "/api/jobs/nightly/run?source=uptime")
    call_command("jobs_run", "nightly", source="crontab")
    call_command("jobs_rerun", str(JobRun.objects.get().pk), reason="again")
    told = [(one["trigger"], one["source"], one["outcome"]) for one in heard.of(signals.trigger_answered)]
    assert told == [
        ("http", "uptime", "succeeded"),
        ("command", "crontab", "already_succeeded"),
        ("rerun", "", "succeeded"),
    ]


def test_run_due_tells_each_slot_that_it_starts(declare, toy, heard):
    toy(fail)
    stored_run(declare(), RECENT, state=State.QUEUED, next_attempt_at=RECENT)
    due.run_due(Trigger(RUN_DUE, "pinger"))
    told = heard.one(signals.trigger_answered)
    assert (told["trigger"], told["source"], told["outcome"]) == ("run_due", "pinger", "failed")


def test_what_could_not_be_submitted_has_ended_without_beginning(declare, courier, heard):
    def refuse(job, lease):
        raise SubmitFailed("the broker is away")

    courier(refuse)
    trigger(declare(), now=None)
    assert heard.names == ["run_claimed", "attempt_finished", "trigger_answered"]
    ending = heard.one(signals.attempt_finished)
    assert (ending["reason"], ending["error"]) == ("submit_failed", "the broker is away")
    assert (ending["started_at"], ending["finished_at"]) == (None, JobRun.objects.get().finished_at)


def test_so_has_an_inline_attempt_in_a_process_about_to_exit(declare, heard):
    drain.begin(60)
    trigger(declare(), now=None)
    assert heard.names == ["run_claimed", "attempt_finished", "trigger_answered"]
    assert heard.one(signals.attempt_finished)["reason"] == "submit_failed"


def test_an_attempt_without_room_is_told_as_queued_again(declare, courier, monkeypatch, heard):
    def full(job, lease):
        monkeypatch.setattr(Courier, "full", lambda self: True)
        raise NoRoom

    courier(full)
    assert trigger(declare(), now=None).outcome == "accepted"
    assert heard.names == ["run_claimed", "run_queued", "trigger_answered"]
    assert heard.one(signals.run_queued)["attempt"] == 1


def test_an_overlap_is_told_as_skipped(declare, heard):
    job = declare()
    ahead = timezone.now() + timezone.timedelta(hours=1)
    stored_run(job, RECENT.replace(year=2020), state=State.RUNNING, lease_expires_at=ahead)
    trigger(job, now=None)
    assert heard.names == ["run_skipped", "trigger_answered"]
    assert heard.one(signals.run_skipped)["run"] == JobRun.objects.get(state=State.SKIPPED).pk


def test_a_queued_run_that_became_too_old_is_told_as_expired(declare, heard):
    run = stored_run(declare(expires=60), RECENT, state=State.QUEUED, next_attempt_at=RECENT)
    due.run_due(Trigger(RUN_DUE))
    assert heard.names == ["run_expired"]
    assert heard.one(signals.run_expired) == {
        "job": "nightly",
        "run": run.pk,
        "run_date": RECENT,
        "attempt": 0,
    }


def test_a_lost_attempt_is_told_once_by_whoever_closes_it(declare, heard):
    stored_run(declare(), RECENT, state=State.RUNNING, source="vercel")
    call_command("jobs_reap")
    call_command("jobs_reap")
    assert heard.names == ["attempt_lost", "attempt_finished"]
    ending = heard.one(signals.attempt_finished)
    assert (ending["state"], ending["reason"], ending["source"]) == ("failed", "lost", "vercel")
    assert ending["started_at"] == RECENT
    assert ending["finished_at"] == JobRun.objects.get().finished_at


def test_a_lost_attempt_that_was_to_stop_has_ended_as_cancelled(declare, heard):
    stored_run(declare(), RECENT, state=State.RUNNING, cancel_requested_at=RECENT)
    call_command("jobs_reap")
    assert heard.names == ["attempt_lost", "attempt_finished"]
    assert heard.one(signals.attempt_finished)["state"] == "cancelled"


CANCELLED = {
    State.QUEUED: (["run_cancelled"], True),
    State.CLAIMED: (["attempt_finished", "run_cancelled"], True),
    State.RUNNING: (["run_cancelled"], False),
}


@pytest.mark.parametrize(("state", "told"), CANCELLED.items(), ids=CANCELLED)
def test_a_cancel_is_told_with_who_asked_and_whether_the_run_has_ended(declare, heard, state, told):
    ahead = timezone.now() + timezone.timedelta(hours=1)
    leased = {} if state == State.QUEUED else {"lease_expires_at": ahead}
    run = stored_run(declare(), RECENT, state=state, **leased)
    cancel_run(run, actor="ann", reason="wrong file")
    assert (heard.names, heard.one(signals.run_cancelled)["ended"]) == told
    by = heard.one(signals.run_cancelled)
    assert (by["actor"], by["comment"]) == ("ann", "wrong file")
    for ending in heard.of(signals.attempt_finished):
        assert (ending["state"], ending["started_at"]) == ("cancelled", None)


def test_a_backfill_tells_the_runs_that_it_has_queued(declare, heard):
    job = declare(schedule="0 * * * *")
    day = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) - timezone.timedelta(days=2)
    stored_run(job, day.replace(hour=1))
    call_command("jobs_backfill", "nightly", day.isoformat(), day.replace(hour=3).isoformat(), reason="a gap")
    assert heard.names == ["run_queued"] * 2
    told = [(one["run_date"], one["trigger"], one["comment"]) for one in heard.of(signals.run_queued)]
    assert told == [(day, "backfill", "a gap"), (day.replace(hour=2), "backfill", "a gap")]
    assert {one["run"] for one in heard.of(signals.run_queued)} == set(
        JobRun.objects.filter(state=State.QUEUED).values_list("pk", flat=True)
    )


def test_a_pause_and_its_end_are_told_where_they_changed_something(declare, heard):
    declare()
    for command in ("jobs_pause", "jobs_pause", "jobs_resume", "jobs_resume"):
        call_command(command, "nightly", reason="a deploy")
    assert heard.names == ["job_paused", "job_resumed"]
    assert {one["comment"] for _, one in heard.events} == {"a deploy"}


# -- nothing is told that was not committed ---------------------------------------------------


def test_who_has_lost_its_lease_tells_no_end(declare, toy, heard):
    toy(lambda command, **options: JobRun.objects.update(attempt=2))
    trigger(declare(), now=None)
    assert "attempt_finished" not in heard.names
    assert heard.one(signals.trigger_answered)["outcome"] == "already_running"


def test_who_was_slower_tells_no_claim(declare, toy, heard, monkeypatch):
    """Another trigger takes the slot between the look and the claim."""
    toy(nothing)
    job, done = declare(), []

    def first(*args, **named):
        if not done:
            done.append(True)
            stored_run(job, RECENT)
        return executors.Executor.full

    monkeypatch.setattr("jobs_api.triggers.dispatch.job_state.know", first)
    assert trigger(job, now=None).outcome == "already_succeeded"
    assert heard.names == ["trigger_answered"]


def test_what_a_caller_rolls_back_is_not_told_and_what_it_commits_is_told_then(declare, heard):
    """A host may cancel, or pause, within a transaction of its own."""
    run = stored_run(declare(), RECENT, state=State.QUEUED)
    with transaction.atomic():
        cancel_run(run, actor="ann", reason="")
        transaction.set_rollback(True)
    assert heard.names == []

    with transaction.atomic():
        call_command("jobs_pause", "nightly")
        assert heard.names == []
    assert heard.names == ["job_paused"]


def test_a_result_that_the_database_took_without_saying_so_is_told_once(declare, toy, heard, monkeypatch):
    """Pain 23: the second try finds it written."""
    from django.db import OperationalError

    from jobs_api import runs

    toy(nothing)
    finish, calls = runs.finish, []

    def unanswered(*args, **named):
        calls.append(finish(*args, **named))
        raise OperationalError("the connection was cut")

    monkeypatch.setattr(runs, "finish", unanswered)
    assert trigger(declare(), now=None).outcome == "succeeded"
    assert len(calls) == 1
    assert heard.one(signals.attempt_finished)["state"] == "succeeded"


def test_every_signal_was_sent_by_one_of_these():
    """A new signal needs a test above."""
    assert {signal.name for signal in signals.ALL} == {
        *ATTEMPT,
        "run_queued",
        "run_skipped",
        "run_expired",
        "run_cancelled",
        "attempt_lost",
        "trigger_answered",
        "job_paused",
        "job_resumed",
    }
    assert Reason.LOST == "lost"
