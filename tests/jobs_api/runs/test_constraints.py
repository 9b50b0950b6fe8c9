"""The database itself refuses what must not be, whatever writes to it."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from jobs_api.models import HELD, JobAttempt, JobPause, JobRun, State
from tests.conftest import NOON, stored_run

from .steps import later

pytestmark = pytest.mark.django_db

NOT_HELD = [state for state in State if state not in HELD]


def _refused(**values) -> bool:
    try:
        with transaction.atomic():
            JobRun.objects.update(**values)
    except IntegrityError:
        return True
    return False


def test_a_slot_has_one_run(declare):
    """Pain 1: each web worker starts its own scheduler, and the slot is still unique."""
    job = declare(overlap="allow")
    stored_run(job)

    with pytest.raises(IntegrityError):
        stored_run(job, state=State.RUNNING)


def test_the_same_slot_of_another_job_is_another_run(declare):
    stored_run(declare("one"))
    stored_run(declare("two"))

    assert JobRun.objects.count() == 2


@pytest.mark.parametrize("states", [HELD, (State.RUNNING, State.RUNNING), (State.CLAIMED, State.CLAIMED)])
def test_an_exclusive_job_is_held_once(declare, states):
    """Pain 5: the overlap policy is held by a constraint."""
    job = declare()
    stored_run(job, state=states[0])

    with pytest.raises(IntegrityError):
        stored_run(job, later(days=1), state=states[1])


@pytest.mark.parametrize("state", HELD)
def test_a_held_run_has_a_lease(declare, state):
    """Pain 7: nothing can say running without a time at which it stops being believed."""
    stored_run(declare(), state=state)

    assert _refused(lease_expires_at=None)


@pytest.mark.parametrize("state", NOT_HELD)
@pytest.mark.parametrize("values", [{"lease_expires_at": NOON}, {"held_job": "nightly"}])
def test_what_is_not_held_has_no_lease_and_blocks_nothing(declare, state, values):
    stored_run(declare(), state=state)

    assert _refused(**values)


def test_attempt_numbers_are_unique_within_a_run(declare):
    run = stored_run(declare(), attempt=3)
    JobAttempt.objects.create(run=run, attempt=1, state=State.FAILED)

    with pytest.raises(IntegrityError):
        JobAttempt.objects.create(run=run, attempt=1, state=State.FAILED)


def test_one_pause_of_a_job_is_open_at_a_time():
    JobPause.objects.create(job_name="nightly", started_at=NOON, ended_at=NOON)
    JobPause.objects.create(job_name="nightly", started_at=NOON)

    with pytest.raises(IntegrityError):
        JobPause.objects.create(job_name="nightly", started_at=later(hours=1))


def test_a_pause_does_not_end_before_it_starts():
    with pytest.raises(IntegrityError):
        JobPause.objects.create(job_name="nightly", started_at=NOON, ended_at=later(seconds=-1))
