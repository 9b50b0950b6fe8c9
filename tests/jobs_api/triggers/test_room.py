"""Runs that wait for room on their host: which of them an attempt that ends starts."""

from __future__ import annotations

import pytest

from jobs_api import executors, registry
from jobs_api.exceptions import NoRoom, SubmitFailed
from jobs_api.models import JobRun, State
from jobs_api.runs import pausing
from jobs_api.triggers import due
from tests.conftest import NOON, stored_run

from .waiting import later

pytestmark = pytest.mark.django_db


class Host(executors.Executor):
    """An executor with so much room."""

    def __init__(self, room):
        self.room, self.taken = room, []

    def full(self):
        return len(self.taken) >= self.room

    def submit(self, job, lease):
        if self.full():
            raise NoRoom
        self.taken.append((job.name, lease.run_date))


@pytest.fixture
def host(monkeypatch):
    def of(room):
        made = Host(room)
        monkeypatch.setattr(executors, "load", lambda name: made)
        return made

    return of


def queued(job, run_date=NOON, **fields):
    return stored_run(job, run_date, state=State.QUEUED, next_attempt_at=fields.pop("since", NOON), **fields)


def start():
    return [result.outcome for result in due.start_waiting("inline", now=later(minutes=5))]


def test_they_start_in_the_order_in_which_they_began_to_wait(declare, host):
    job, room = declare(overlap="allow"), host(2)
    for hours, waited in ((1, 3), (2, 1), (3, 2)):
        queued(job, later(hours=-hours), since=later(minutes=-waited))

    assert start() == ["accepted", "accepted"]

    assert [slot for _, slot in room.taken] == [later(hours=-1), later(hours=-3)]
    assert JobRun.objects.get(state=State.QUEUED).run_date == later(hours=-2)


def test_nothing_is_asked_of_a_host_that_is_full(declare, host):
    host(0)
    queued(declare())

    assert start() == []


def test_a_job_that_is_held_up_does_not_hold_up_the_others(declare, host):
    held, other, room = declare("held"), declare("other"), host(5)
    stored_run(held, later(hours=-9), state=State.RUNNING, lease_expires_at=later(hours=1))
    for hours in (3, 2, 1):
        queued(held, later(hours=-hours))
    queued(other, since=later(minutes=1))

    assert start() == ["overlap_skipped", "accepted"]

    assert room.taken == [("other", NOON)]
    assert JobRun.objects.filter(job_name="held", state=State.QUEUED).count() == 3


@pytest.mark.parametrize("first", ["http", "backfill", "rerun"])
def test_a_paused_job_goes_on_waiting_whatever_ordered_its_slots(declare, host, first):
    """Pain 35: it did not, for what an operator had ordered before."""
    job, other, room = declare(overlap="allow"), declare("other"), host(5)
    pausing.pause(job, actor="ann", comment="", at=NOON)
    for minutes, trigger in enumerate((first, "http", "backfill", "rerun")):
        queued(job, later(hours=-minutes), trigger=trigger, since=later(minutes=minutes))
    queued(other, since=later(minutes=4))

    assert start() == ["paused", "accepted"]

    assert room.taken == [("other", NOON)]


def test_once_its_pause_is_over_what_waited_is_started(declare, host):
    job, room = declare(overlap="allow"), host(5)
    pausing.pause(job, actor="ann", comment="", at=NOON, until=later(minutes=4))
    queued(job, trigger="backfill")

    assert start() == ["accepted"]

    assert room.taken == [("nightly", NOON)]


def test_an_overlap_holds_up_what_an_operator_ordered_too(declare, host):
    job = declare()
    host(5)
    stored_run(job, later(hours=-9), state=State.RUNNING, lease_expires_at=later(hours=1))
    for minutes, trigger in enumerate(("http", "backfill")):
        queued(job, later(hours=-minutes), trigger=trigger, since=later(minutes=minutes))

    assert start() == ["overlap_skipped"]


def test_a_host_that_can_start_nothing_is_asked_once_and_the_others_wait_on(declare, host, monkeypatch):
    job, room = declare(overlap="allow"), host(5)
    for hours in (2, 1):
        queued(job, later(hours=-hours))

    def refuse(job, lease):
        raise SubmitFailed("no more processes")

    monkeypatch.setattr(room, "submit", refuse)

    assert start() == ["submit_failed"]

    assert JobRun.objects.filter(state=State.QUEUED).count() == 1


def test_runs_of_other_executors_and_of_jobs_that_are_gone_are_left_alone(declare, host):
    gone = declare("gone")
    room = host(5)
    queued(gone)
    registry.fill([])

    assert (start(), room.taken) == ([], [])


def test_who_started_it_is_on_record_beside_who_asked(declare, host):
    host(1)
    queued(declare(), trigger="http", actor="cron")

    start()

    run = JobRun.objects.get()
    assert (run.trigger, run.actor, run.note) == ("http", "cron", "started by executor")
