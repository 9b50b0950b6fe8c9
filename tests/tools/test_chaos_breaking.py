"""What `make chaos` can switch off is really off then: else it would prove nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs_api import runs
from jobs_api.clock import Moment
from jobs_api.models import JobRun, State
from jobs_api.runs import claiming, holding, sql
from jobs_api.runs.types import Claim, Ending, Trigger
from jobs_api.worker import delivery
from tests.conftest import NOON
from tools.chaos.__main__ import BREAKS
from tools.chaos.host import breaking

pytestmark = pytest.mark.django_db(transaction=True)
PATCHED = {
    runs: ("reap",),
    claiming: ("_hold",),
    holding: ("_held", "_claimed"),
    delivery: ("_take",),
    sql: ("HELD_SQL", "update_held"),
}


@pytest.fixture(autouse=True)
def whole_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put everything back; what is patched has to be there to be broken."""
    for module, names in PATCHED.items():
        for name in names:
            monkeypatch.setattr(module, name, getattr(module, name))


def claimed(job, run_date=NOON, *, seen=None, now=NOON):
    return runs.claim(Claim(job, run_date, Trigger("http"), begin=False), seen, moment=Moment.fixed(now))


def test_each_one_can_be_asked_for() -> None:
    assert set(BREAKS) == set(breaking.BREAKS)


def test_without_fencing_an_attempt_begins_twice(declare) -> None:
    lease = claimed(declare())
    breaking.fencing()

    for _ in range(2):
        assert delivery._take(lease.run_id, lease.attempt, timezone.now()) is not None


def test_without_fencing_an_old_attempt_ends_the_new_one(declare) -> None:
    job = declare()
    old = claimed(job)
    later = NOON + timedelta(hours=2)
    runs.reap(moment=Moment.fixed(later))
    claimed(job, seen=JobRun.objects.get(), now=later)
    breaking.fencing()

    runs.finish(old, Ending(State.SUCCEEDED, finished_at=later), job, moment=Moment.fixed(later))

    run = JobRun.objects.get()
    assert (run.attempt, run.state) == (2, State.SUCCEEDED)


def test_without_reaping_a_lease_that_has_run_out_stays(declare) -> None:
    claimed(declare())
    breaking.reaping()

    assert runs.reap(moment=Moment.fixed(NOON + timedelta(hours=2))) == []
    assert JobRun.objects.get().state == State.CLAIMED


def test_without_overlap_two_slots_of_an_exclusive_job_are_held(declare) -> None:
    job = declare(overlap="skip")
    breaking.overlap()

    for hours in (0, 1):
        claimed(job, NOON - timedelta(hours=hours))

    assert JobRun.objects.filter(state=State.CLAIMED).count() == 2
