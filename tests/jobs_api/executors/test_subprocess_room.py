"""How many processes a host runs at once, and what becomes of runs beyond that."""

from __future__ import annotations

import os

import pytest

from jobs_api import executors
from jobs_api.models import State
from jobs_api.runs.types import Trigger
from jobs_api.triggers import due
from jobs_api.worker import host_limit
from tests.jobs_api.triggers.asking import RECENT

from .subprocesses import behaving, ended, fire, is_alive, pids, until

pytestmark = pytest.mark.django_db(transaction=True)


def test_beyond_the_bound_a_run_waits_as_queued_and_starts_when_another_ends(declare, on_host):
    job = declare(overlap="allow", options={"seconds": 1})
    on_host(SUBPROCESS_LIMIT=1)
    slots = [RECENT.replace(minute=minute) for minute in (0, 1, 2)]

    answers = [fire(job, slot, wait_own=0) for slot in slots]

    assert [answer.outcome for answer in answers] == ["accepted"] * 3
    assert sorted(answer.run.state for answer in answers) == ["claimed", "queued", "queued"]
    runs = [ended(slot) for slot in slots]
    assert [run.state for run in runs] == [State.SUCCEEDED] * 3
    assert [run.attempt for run in runs] == [1, 1, 1]
    spans = sorted((run.started_at, run.finished_at) for run in runs)
    assert spans[0][1] <= spans[1][0]
    assert spans[1][1] <= spans[2][0]


def test_a_run_that_starts_when_another_ends_belongs_to_the_same_server(declare, on_host, tmp_path):
    """Pain 16: the server tells it when it ends, although its worker may be gone."""
    job = declare(overlap="allow", options={"seconds": 0.5})
    on_host(SUBPROCESS_LIMIT=1)
    slots = [RECENT.replace(minute=minute) for minute in (0, 1)]

    for slot in slots:
        fire(job, slot, wait_own=0)

    holder = ended(slots[1]).holder.rpartition(":")[2]
    [lane] = tmp_path.glob("jobs_api-*/*/lane-0")
    assert lane.read_text() == f"{holder} {os.getppid()}"


def test_a_fork_that_a_command_left_behind_takes_no_room(declare, on_host, tmp_path):
    job = behaving(declare, "leaves_a_fork", tmp_path / "pids")
    on_host(SUBPROCESS_LIMIT=1)

    assert fire(job).outcome == "succeeded"

    [daemon] = pids(tmp_path / "pids")
    try:
        until(lambda: not host_limit.is_full(tmp_path, 1), seconds=5)
        assert is_alive(daemon)
    finally:
        os.kill(daemon, 9)


def test_who_waits_for_a_run_that_has_no_room_yet_hears_of_its_end(declare, on_host):
    job = declare(overlap="allow", options={"seconds": 0.5})
    on_host(SUBPROCESS_LIMIT=1)
    fire(job, RECENT.replace(minute=0), wait_own=0)

    result = fire(job, RECENT.replace(minute=1), wait_own=15)

    assert (result.outcome, result.run.attempt) == ("succeeded", 1)


def test_a_slot_that_overlaps_is_skipped_although_there_is_no_room_either(declare, on_host):
    job = declare(options={"seconds": 0.5})
    on_host(SUBPROCESS_LIMIT=1)
    fire(job, RECENT.replace(minute=0), wait_own=0)

    assert fire(job, RECENT.replace(minute=1)).outcome == "overlap_skipped"

    ended(RECENT.replace(minute=0))


def test_a_repeat_for_a_run_that_waits_for_room_writes_nothing(declare, on_host, django_assert_num_queries):
    job = declare(overlap="allow", options={"seconds": 1})
    on_host(SUBPROCESS_LIMIT=1)
    fire(job, RECENT.replace(minute=0), wait_own=0)
    fire(job, RECENT.replace(minute=1), wait_own=0)

    with django_assert_num_queries(1):
        again = fire(job, RECENT.replace(minute=1), wait_own=0)

    assert (again.outcome, again.run.state, again.run.attempt) == ("accepted", "queued", 1)
    assert ended(RECENT.replace(minute=1)).state == State.SUCCEEDED


def test_run_due_starts_what_waits_for_room(declare, on_host, monkeypatch):
    job = declare(overlap="allow", catch_up="none")
    on_host(SUBPROCESS_LIMIT=1)
    with monkeypatch.context() as patch:
        patch.setattr(executors.load("subprocess"), "full", lambda: True)
        patch.setattr("jobs_api.worker.host_limit.acquire", lambda where, limit: None)
        assert fire(job, wait_own=0).run.state == "queued"

    due.run_due(Trigger("run_due"))

    assert ended().state == State.SUCCEEDED
