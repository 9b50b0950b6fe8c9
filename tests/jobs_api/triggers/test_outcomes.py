"""The contract's table of outcomes: the first line that applies, from top to bottom."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from jobs_api.api.responses import OUTCOMES
from jobs_api.models import JobRun, State
from jobs_api.runs import pausing
from tests.conftest import NOON, stored_run

from .asking import later, trigger

pytestmark = pytest.mark.django_db

PAUSED, OLD, BUSY, PRUNED = "paused", "older than expires", "another slot is held", "beyond the retention"
FORCE, ORDERED, RUN_DUE = {"force": True}, {"ordered": True}, {"records_skip": False}

SUCCEEDED = {"state": State.SUCCEEDED}
CLAIMED = {"state": State.CLAIMED, "lease_expires_at": later(days=500)}
RUNNING = {"state": State.RUNNING, "lease_expires_at": later(days=500)}
LOST = {"state": State.RUNNING, "lease_expires_at": NOON}
LOST_IN_THE_QUEUE = {"state": State.CLAIMED, "lease_expires_at": NOON, "tries": 2}
LOST_FOR_THE_LAST_TIME = {**LOST, "tries": 2}
CANCELLED = {"state": State.CANCELLED}
QUEUED = {"state": State.QUEUED, "next_attempt_at": NOON}
SKIPPED = {"state": State.SKIPPED}
FAILED = {"state": State.FAILED, "tries": 1, "next_attempt_at": NOON}
BACKING_OFF = {"state": State.FAILED, "tries": 1, "next_attempt_at": later(days=500)}
EXHAUSTED = {"state": State.FAILED, "tries": 3}


class Case(NamedTuple):
    """What stands in the slot and around it, what is asked, and what comes of it."""

    slot: dict[str, Any] | None
    around: tuple[str, ...]
    asked: dict[str, Any]
    outcome: str
    attempt: int | None
    """The newest attempt of the slot afterwards; None: it has no run."""


# In each group: that line of the table, together with whatever stands below it.
CASES = [
    Case(None, (PAUSED,), {}, "paused", None),
    Case(None, (PAUSED, OLD, BUSY), {}, "paused", None),
    Case(SUCCEEDED, (PAUSED,), {}, "paused", 1),
    Case(RUNNING, (PAUSED,), {}, "paused", 1),
    Case(CANCELLED, (PAUSED,), {}, "paused", 1),
    Case(EXHAUSTED, (PAUSED,), {}, "paused", 1),
    Case(LOST, (PAUSED,), {}, "paused", 1),
    Case(None, (PAUSED, PRUNED), {}, "paused", None),
    Case(None, (PAUSED,), RUN_DUE, "paused", None),
    #
    Case(SUCCEEDED, (), {}, "already_succeeded", 1),
    Case(SUCCEEDED, (OLD, BUSY), {}, "already_succeeded", 1),
    Case(SUCCEEDED, (PRUNED,), {}, "already_succeeded", 1),
    Case(SUCCEEDED, (), ORDERED, "already_succeeded", 1),
    Case(SUCCEEDED, (), RUN_DUE, "already_succeeded", 1),
    #
    Case(RUNNING, (), {}, "already_running", 1),
    Case(CLAIMED, (), {}, "already_running", 1),
    Case(RUNNING, (OLD,), {}, "already_running", 1),
    Case(CLAIMED, (PRUNED,), {}, "already_running", 1),
    Case(RUNNING, (), ORDERED, "already_running", 1),
    Case(RUNNING, (), FORCE, "already_running", 1),
    #
    Case(CANCELLED, (), {}, "cancelled", 1),
    Case(CANCELLED, (OLD, BUSY), {}, "cancelled", 1),
    Case(CANCELLED, (), ORDERED, "cancelled", 1),
    #
    Case(EXHAUSTED, (), {}, "attempts_exhausted", 1),
    Case(EXHAUSTED, (OLD, BUSY), {}, "attempts_exhausted", 1),
    Case(EXHAUSTED, (PRUNED,), {}, "attempts_exhausted", 1),
    Case(EXHAUSTED, (), ORDERED, "attempts_exhausted", 1),
    Case(LOST_FOR_THE_LAST_TIME, (), {}, "attempts_exhausted", 1),
    #
    Case(None, (OLD,), {}, "expired", None),
    Case(None, (PRUNED,), {}, "expired", None),
    Case(None, (OLD, BUSY), {}, "expired", None),
    Case(QUEUED, (OLD,), {}, "expired", 0),
    Case(SKIPPED, (OLD,), {}, "expired", 0),
    Case(FAILED, (OLD,), {}, "expired", 1),
    Case(BACKING_OFF, (OLD, BUSY), {}, "expired", 1),
    Case(None, (OLD,), RUN_DUE, "expired", None),
    Case(QUEUED, (PRUNED,), ORDERED, "expired", 0),
    Case(None, (PRUNED,), FORCE, "expired", None),
    Case(SUCCEEDED, (PRUNED,), FORCE, "expired", 1),
    Case(EXHAUSTED, (PRUNED, PAUSED), FORCE, "expired", 1),
    #
    Case(BACKING_OFF, (), {}, "retry_later", 1),
    Case(BACKING_OFF, (BUSY,), {}, "retry_later", 1),
    Case(BACKING_OFF, (), ORDERED, "retry_later", 1),
    #
    Case(None, (BUSY,), {}, "overlap_skipped", 0),
    Case(SKIPPED, (BUSY,), {}, "overlap_skipped", 0),
    Case(QUEUED, (BUSY,), {}, "overlap_skipped", 0),
    Case(FAILED, (BUSY,), {}, "overlap_skipped", 1),
    Case(None, (BUSY,), RUN_DUE, "overlap_skipped", None),
    Case(QUEUED, (BUSY,), {**ORDERED, **RUN_DUE}, "overlap_skipped", 0),
    Case(None, (BUSY,), FORCE, "overlap_skipped", None),
    Case(SUCCEEDED, (BUSY,), FORCE, "overlap_skipped", 1),
    #
    Case(None, (), {}, "succeeded", 1),
    Case(QUEUED, (), {}, "succeeded", 1),
    Case(SKIPPED, (), {}, "succeeded", 1),
    Case(FAILED, (), {}, "succeeded", 2),
    Case(LOST, (), {}, "succeeded", 2),
    Case(LOST_IN_THE_QUEUE, (), {}, "succeeded", 2),
    Case(None, (), RUN_DUE, "succeeded", 1),
    Case(QUEUED, (OLD,), ORDERED, "succeeded", 1),
    Case(QUEUED, (PAUSED, OLD), ORDERED, "paused", 0),
    Case(None, (PAUSED, OLD), FORCE, "succeeded", 1),
    Case(QUEUED, (), FORCE, "succeeded", 1),
    Case(SUCCEEDED, (PAUSED, OLD), FORCE, "succeeded", 2),
    Case(CANCELLED, (OLD,), FORCE, "succeeded", 2),
    Case(EXHAUSTED, (OLD,), FORCE, "succeeded", 2),
    Case(BACKING_OFF, (), FORCE, "succeeded", 2),
    Case(SKIPPED, (), FORCE, "succeeded", 1),
    Case(LOST, (OLD,), FORCE, "succeeded", 2),
    Case(LOST_FOR_THE_LAST_TIME, (), FORCE, "succeeded", 2),
]


def _named(case: Case) -> str:
    slot = "no run" if case.slot is None else f"{case.slot['state']}"
    asked = " ".join(key for key in case.asked)
    return f"{slot}, {', '.join(case.around) or 'nothing else'} {asked} -> {case.outcome}"


@pytest.mark.parametrize("case", CASES, ids=_named)
def test_the_first_line_of_the_table_that_applies_is_the_outcome(declare, case):
    """Pain 9: late is normal, too old is said so. Pain 3: a repeat is an answer, not a run."""
    job = declare(schedule="0 12 * * *", expires=3600 if OLD in case.around else None)
    now = (
        later(days=401)
        if PRUNED in case.around
        else later(hours=2)
        if OLD in case.around
        else later(minutes=1)
    )
    if PAUSED in case.around:
        pausing.pause(job, actor="ann", comment="", at=NOON)
    if BUSY in case.around:
        stored_run(job, later(days=-1), **RUNNING)
    if case.slot is not None:
        held = {} if BUSY not in case.around else {"held_job": None}
        stored_run(job, **{**case.slot, **held})

    result = trigger(job, now=now, **case.asked)

    run = JobRun.objects.filter(run_date=NOON).first()
    assert (result.outcome, run and run.attempt) == (case.outcome, case.attempt)
    assert (None if result.run is None else result.run.id) == (None if run is None else run.pk)


def test_every_outcome_of_a_refusal_and_success_is_in_the_table():
    elsewhere = {"submit_failed", "accepted", "failed"}  # test_submitting, test_answers
    assert {case.outcome for case in CASES} == set(OUTCOMES) - elsewhere
