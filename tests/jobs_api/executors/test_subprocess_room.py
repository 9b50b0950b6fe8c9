"""How many processes a host runs at once, and what becomes of runs beyond that."""

from __future__ import annotations

import os

import pytest

from jobs_api import executors
from jobs_api.models import State
from jobs_api.runs.types import Trigger
from jobs_api.testing.conformance.watching import say_go
from jobs_api.triggers import due
from jobs_api.worker import host_limit
from tests.jobs_api.triggers.asking import RECENT

from .subprocesses import behaving, ended, fire, is_alive, pids, until

pytestmark = pytest.mark.django_db(transaction=True)


def test_beyond_the_bound_a_run_waits_as_queued_and_starts_when_another_ends(
    declare, on_host, tmp_path, django_assert_num_queries
):
    """A repeat writes nothing meanwhile, and who waits hears of the end.

    Pain 16: the later ones belong to the same server, which tells them when it ends, although its worker may
    be gone.
    """
    job = declare(overlap="allow", options={"behave": "awaits", "ledger": str(tmp_path / "book")})
    on_host(SUBPROCESS_LIMIT=1)
    slots = [RECENT.replace(minute=minute) for minute in (0, 1, 2)]

    answers = [fire(job, slot, wait_own=0) for slot in slots[:2]]
    with django_assert_num_queries(1):
        answers.append(fire(job, slots[1], wait_own=0))
    say_go(tmp_path / "book")
    last = fire(job, slots[2])

    assert [answer.outcome for answer in answers] == ["accepted"] * 3
    # Of the first one its process may have been quicker than the answer.
    assert [answer.run.state for answer in answers] in (
        ["claimed", "queued", "queued"],
        ["running", "queued", "queued"],
    )
    assert (last.outcome, last.run.attempt) == ("succeeded", 1)
    runs = [ended(slot) for slot in slots]
    assert [(run.state, run.attempt) for run in runs] == [(State.SUCCEEDED, 1)] * 3
    spans = sorted((run.started_at, run.finished_at) for run in runs)
    assert spans[0][1] <= spans[1][0]
    assert spans[1][1] <= spans[2][0]
    [lane] = tmp_path.glob("jobs_api-*/*/lane-0")
    holders = [run.holder.rpartition(":")[2] for run in runs]
    assert lane.read_text() in [f"{holder} {os.getppid()}" for holder in holders[1:]]


def test_a_fork_that_a_command_left_behind_takes_no_room(declare, on_host, tmp_path):
    job = behaving(declare, "leaves_a_fork", tmp_path / "pids")
    on_host(SUBPROCESS_LIMIT=1)

    assert fire(job).outcome == "succeeded"

    [daemon] = pids(tmp_path / "pids")
    try:
        until(lambda: not host_limit.is_full(tmp_path, 1))
        assert is_alive(daemon)
    finally:
        os.kill(daemon, 9)


def test_a_slot_that_overlaps_is_skipped_although_there_is_no_room_either(declare, on_host, tmp_path):
    job = declare(options={"behave": "awaits", "ledger": str(tmp_path / "book")})
    on_host(SUBPROCESS_LIMIT=1)
    fire(job, RECENT.replace(minute=0), wait_own=0)

    assert fire(job, RECENT.replace(minute=1)).outcome == "overlap_skipped"

    say_go(tmp_path / "book")
    ended(RECENT.replace(minute=0))


def test_run_due_starts_what_waits_for_room(declare, on_host, monkeypatch):
    job = declare(overlap="allow", catch_up="none")
    on_host(SUBPROCESS_LIMIT=1)
    with monkeypatch.context() as patch:
        patch.setattr(executors.load("subprocess"), "full", lambda: True)
        patch.setattr("jobs_api.worker.host_limit.acquire", lambda where, limit: None)
        assert fire(job, wait_own=0).run.state == "queued"

    due.run_due(Trigger("run_due"))

    assert ended().state == State.SUCCEEDED
