"""Reaping: silent holders are closed as lost, and living ones never."""

from __future__ import annotations

import pytest
from django.db.models import QuerySet

from jobs_api import database, registry, runs
from jobs_api.clock import Moment
from jobs_api.models import HELD, JobRun, Reason, State
from jobs_api.runs import closing
from tests.conftest import NOON, stored_run

from .steps import claim, finish, later, read, row

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", HELD)
def test_a_lease_that_has_run_out_is_closed_as_lost(declare, state):
    """Pain 7: after a kill the row does not say running for ever."""
    job = declare()
    stored_run(job, state=state, lease_expires_at=NOON)

    [reaped] = runs.reap(moment=Moment.fixed(later(seconds=1)))

    run = read(job)
    assert reaped.pk == run.pk
    assert (run.state, run.reason, run.finished_at) == (State.FAILED, Reason.LOST, later(seconds=1))
    assert (run.held_job, run.lease_expires_at) == (None, None)
    assert run.next_attempt_at == later(seconds=1)  # at once: a loss is no reason to wait


def test_a_lease_that_stands_is_left_alone(declare):
    job = declare()
    stored_run(job, state=State.RUNNING, lease_expires_at=NOON)
    before = row(job)

    assert runs.reap(moment=Moment.fixed(NOON)) == []
    assert row(job) == before


def test_a_dead_holder_that_was_asked_to_cancel_leaves_a_cancelled_run(declare):
    """It is not started again: an operator did not want it."""
    job = declare()
    claim(job)
    runs.cancel(read(job), actor="ann", at=NOON)

    [reaped] = runs.reap(moment=Moment.fixed(later(minutes=1)))

    run = read(job)
    assert reaped.pk == run.pk
    assert (run.state, run.reason, run.finished_at) == (State.CANCELLED, Reason.CANCELLED, later(minutes=1))
    assert (run.held_job, run.lease_expires_at, run.next_attempt_at) == (None, None, None)
    assert run.error == "Its holder died before it could stop."


def _just_before_the_write(monkeypatch: pytest.MonkeyPatch, act) -> None:
    """Let `act` happen between the reaper's look and its write."""
    reap_one = closing._reap_one

    def meanwhile(*args, **named):
        act()
        return reap_one(*args, **named)

    monkeypatch.setattr(closing, "_reap_one", meanwhile)


def test_a_lease_renewed_between_the_look_and_the_write_is_not_reaped(declare, monkeypatch):
    """Pain 6: the reaper does not race the holder; its WHERE repeats the deadline."""
    job = declare()
    lease = claim(job)
    at = later(minutes=1)
    _just_before_the_write(monkeypatch, lambda: runs.renew([lease], now=at))

    assert runs.reap(moment=Moment.fixed(at)) == []

    assert read(job).state == State.RUNNING
    finish(lease, job, now=at)


def test_a_cancel_that_is_asked_between_the_look_and_the_write_is_heard(declare, monkeypatch):
    job = declare()
    claim(job)
    _just_before_the_write(monkeypatch, lambda: runs.cancel(read(job), actor="ann", at=NOON))

    runs.reap(moment=Moment.fixed(later(minutes=1)))

    assert read(job).state == State.CANCELLED


def test_a_lease_that_runs_out_just_after_the_write_is_not_taken_for_cancelled(declare, monkeypatch):
    """Of two writes the second must not find what the first was too early for."""
    job = declare()
    claim(job)
    at = later(minutes=1)
    update = QuerySet.update

    def renewed_and_run_out(queryset, **changes):
        if changes.get("state") != State.FAILED:
            return update(queryset, **changes)
        update(JobRun.objects.all(), lease_expires_at=later(hours=1))
        changed = update(queryset, **changes)
        update(JobRun.objects.all(), lease_expires_at=NOON)
        return changed

    monkeypatch.setattr(QuerySet, "update", renewed_and_run_out)

    assert runs.reap(moment=Moment.fixed(at)) == []
    assert read(job).state == State.RUNNING


def test_a_run_that_finished_between_the_look_and_the_write_is_not_reaped(declare, monkeypatch):
    job = declare()
    lease = claim(job)
    _just_before_the_write(monkeypatch, lambda: finish(lease, job))

    assert runs.reap(moment=Moment.fixed(later(minutes=1))) == []
    assert read(job).state == State.SUCCEEDED


def test_the_next_attempt_is_not_reaped_in_the_place_of_the_one_that_was_seen(declare, monkeypatch):
    job = declare()
    claim(job)
    _just_before_the_write(monkeypatch, lambda: JobRun.objects.update(attempt=2, tries=1))

    assert runs.reap(moment=Moment.fixed(later(minutes=1))) == []
    assert (read(job).attempt, read(job).tries, read(job).state) == (2, 1, State.RUNNING)


def test_a_run_that_began_between_the_look_and_the_write_is_not_reaped(declare, monkeypatch):
    job = declare()
    lease = claim(job, begin=False)
    at = later(hours=2)
    _just_before_the_write(monkeypatch, lambda: runs.begin(lease, moment=Moment.fixed(at)))

    assert runs.reap(moment=Moment.fixed(at)) == []
    assert read(job).state == State.RUNNING


def test_a_run_that_began_and_was_lost_meanwhile_is_left_to_the_next_look(declare, monkeypatch):
    """What was seen as waiting would cost no try, but its command has run."""
    job = declare()
    lease = claim(job, begin=False)
    with monkeypatch.context() as meanwhile:
        _just_before_the_write(meanwhile, lambda: runs.begin(lease, moment=Moment.fixed(NOON)))
        assert runs.reap(moment=Moment.fixed(later(hours=2))) == []

    runs.reap(moment=Moment.fixed(later(hours=2)))

    assert (read(job).reason, read(job).tries) == (Reason.LOST, 1)


def test_only_the_runs_in_question_are_reaped(declare):
    job = declare(overlap="allow")
    claim(job)
    claim(job, run_date=later(days=-1))

    reaped = runs.reap(database.rows().filter(run_date=NOON), moment=Moment.fixed(later(hours=1)))

    assert [run.run_date for run in reaped] == [NOON]
    assert read(job, later(days=-1)).state == State.RUNNING


def test_a_lost_run_is_retried_until_its_tries_are_used_up(declare):
    job = declare(max_attempts=1)
    claim(job)

    runs.reap(moment=Moment.fixed(later(minutes=1)))

    assert (read(job).tries, read(job).next_attempt_at) == (1, None)


def test_the_run_of_a_job_that_is_not_declared_any_more_is_closed_for_good(declare):
    job = declare("gone")
    claim(job)
    registry.fill([])

    runs.reap(moment=Moment.fixed(later(minutes=1)))

    assert (read(job).state, read(job).next_attempt_at) == (State.FAILED, None)


SILENT = "web-1:4711 went silent, and its lease ran out at 2026-11-20T12:00:00+00:00."


@pytest.mark.parametrize(
    ("state", "error", "cost"),
    [(State.CLAIMED, "No process began it in time.", 0), (State.RUNNING, SILENT, 1)],
)
def test_a_loss_in_the_queue_is_told_from_one_at_work_and_costs_no_try(declare, state, error, cost):
    job = declare()
    stored_run(job, state=state, lease_expires_at=NOON, holder="web-1:4711")

    runs.reap(moment=Moment.fixed(later(seconds=1)))

    assert (read(job).reason, read(job).error, read(job).tries) == (Reason.LOST, error, cost)
