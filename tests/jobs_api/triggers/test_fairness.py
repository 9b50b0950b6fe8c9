"""A call may end in the middle of a command, each time: no job keeps another from its turn."""

from __future__ import annotations

import signal
from contextlib import suppress
from datetime import timedelta

import pytest
from django.utils import timezone

from jobs_api import current_run, runs
from jobs_api.models import JobRun, Reason, State
from jobs_api.runs.types import Trigger
from tests.conftest import NOON, stored_run
from tests.jobs_api.execution.attempts import eventually
from tests.toys.child.start import ledger, start

from .waiting import known, later, run_due, wanted

pytestmark = pytest.mark.django_db(transaction=True)


class Killed(BaseException):
    """The process is gone; whatever is written after it is not."""


def calls(number, toy, monkeypatch, killer):
    """What so many calls started, as names, where each ends as soon as `killer` is started."""
    started = []

    def behave(command, **options):
        started.append(current_run().job_name)
        if started[-1] == killer:
            raise Killed

    toy(behave)
    finish = runs.finish

    def leave_no_end(lease, *end, **named):
        if lease.job_name == killer:
            raise Killed
        return finish(lease, *end, **named)

    monkeypatch.setattr(runs, "finish", leave_no_end)
    for call in range(number):
        with suppress(Killed):
            run_due(NOON + timedelta(minutes=call))
    return started


KILLERS = {
    "its retries": {"max_attempts": 9},
    "its next slots, with no tries left": {"schedule": "* * * * *", "max_attempts": 1},
    "what it catches up": {"schedule": "* * * * *", "catch_up": "all", "max_attempts": 1},
}


@pytest.mark.parametrize("fields", KILLERS.values(), ids=KILLERS)
def test_a_job_that_kills_each_call_does_not_keep_the_others_from_starting(declare, toy, monkeypatch, fields):
    """Pain 7: one command that eats all memory is one command's trouble."""
    killer = known(declare("a-killer", **{"schedule": "0 11 * * *", "retry_backoff": 0, **fields}))
    for name in ("b", "c"):
        known(declare(name, schedule="* * * * *"))

    started = calls(6, toy, monkeypatch, killer.name)

    assert started[0] == killer.name, "it is the oldest, and nobody knows yet"
    for name in ("b", "c"):
        assert started.count(name) == 5, "one in each call after the first"
    assert started.count(killer.name) > 1, "and it has its turn"


def test_a_backfill_that_kills_each_call_lets_the_others_start(declare, toy, monkeypatch):
    killer = known(declare("a-killer", schedule="0 3 * * *", max_attempts=1, catch_up="none"))
    runs.queue(killer, [later(days=-n) for n in range(1, 9)], Trigger("backfill"), at=NOON, options={})
    known(declare("b", schedule="* * * * *"))

    started = calls(4, toy, monkeypatch, killer.name)

    assert started.count("b") == 3
    assert started.count(killer.name) == 4


def test_two_jobs_that_kill_each_call_take_turns(declare, toy, monkeypatch):
    for name in ("one", "two"):
        known(declare(name, schedule="0 11 * * *", max_attempts=9, retry_backoff=0))
    started = []

    def behave(command, **options):
        started.append(current_run().job_name)
        raise Killed

    toy(behave)
    monkeypatch.setattr(runs, "finish", lambda *end, **named: (_ for _ in ()).throw(Killed))
    for call in range(4):
        with pytest.raises(Killed):
            run_due(later(minutes=call))

    assert started == ["one", "two"] * 2


def test_a_long_backlog_does_not_keep_another_job_from_starting(declare):
    """25 s may be over after its first slot, each time."""
    long = known(declare("a-long-one", schedule="* * * * *", catch_up="all", catch_up_window=6000))
    stored_run(long, later(minutes=-100), started_at=later(minutes=-1))
    known(declare("b", schedule="* * * * *"))

    assert [name for name, _ in wanted()][:3] == ["b", "a-long-one", "a-long-one"]


def test_a_job_that_was_not_tried_comes_before_one_whose_newest_run_failed(declare):
    stored_run(known(declare("a", schedule="0 * * * *")), later(hours=-1), state=State.FAILED, tries=3)
    stored_run(known(declare("b", schedule="0 * * * *")), later(hours=-1))

    assert [name for name, _ in wanted()] == ["b", "a"]


def test_an_interrupted_slot_lets_the_others_pass(declare):
    """A crontab line that is cut off each time hands its run back each time."""
    interrupted = known(declare("a", schedule=None))
    back = {"reason": Reason.INTERRUPTED, "next_attempt_at": NOON}
    stored_run(interrupted, later(hours=-3), state=State.FAILED, **back)
    known(declare("b", schedule="0 * * * *"))

    assert [name for name, _ in wanted()] == ["b", "a"]


def test_others_start_though_a_real_process_is_killed_in_each_call(declare, tmp_path):
    """Pain 7, with real processes."""
    short = {"LEASE_SECONDS": 1, "RENEW_SECONDS": 0.3}
    book = tmp_path / "ledger"
    killer = declare(
        "a-killer", schedule="0 * * * *", catch_up="all", max_attempts=1, options={"behave": "kills_itself"}
    )
    other = declare("b", schedule="*/5 * * * *", options={"ledger": str(book)})
    for job in (killer, other):
        known(job, timezone.now() - timedelta(days=30))

    for starts in (1, 2):
        child = start("jobs_run_due", jobs=[killer, other], jobs_api=short)
        said = child.communicate(timeout=60)
        assert child.returncode == -signal.SIGKILL, said
        assert JobRun.objects.filter(job_name=killer.name).count() == starts
        assert eventually(lambda: not JobRun.objects.filter(lease_expires_at__gt=timezone.now()).exists())

    assert ledger(book)[:2] == [(1, "start"), (1, "end")]
