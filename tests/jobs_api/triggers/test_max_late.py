"""A caller that would rather have nothing than something old: `max_late`. The slot stays due."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

import jobs_api
from jobs_api.models import JobRun, State
from jobs_api.runs import pausing
from tests.conftest import NOON, stored_run
from tests.jobs_api.management.calling import manage, now_slot, outcome_of

from .asking import later, tables, trigger
from .waiting import known, wanted

pytestmark = pytest.mark.django_db

LATE = later(seconds=61)


@pytest.fixture(autouse=True)
def _runs(toy):
    toy(lambda command, **options: None)


@pytest.mark.parametrize(("seconds", "outcome"), [(60, "succeeded"), (61, "expired"), (3600, "expired")])
def test_a_slot_older_than_that_is_expired_to_this_caller(declare, seconds, outcome):
    job = declare(schedule="0 12 * * *")
    assert trigger(job, now=later(seconds=seconds), max_late=60).outcome == outcome


def test_the_slot_stays_due_and_the_next_trigger_runs_it(declare):
    job = known(declare(schedule="0 12 * * *"))
    assert trigger(job, now=LATE, max_late=60).run is None
    assert wanted(LATE) == [("nightly", NOON)]
    assert trigger(job, now=LATE).outcome == "succeeded"


def test_a_queued_run_is_not_closed(declare):
    """Unlike one that is older than the job's own `expires`."""
    job = declare()
    stored_run(job, state=State.QUEUED, next_attempt_at=NOON)
    before = tables()
    assert trigger(job, now=LATE, max_late=60).outcome == "expired"
    assert tables() == before


LATER = {"lease_expires_at": later(days=1)}
BEFORE = {
    "paused": (lambda job: pausing.pause(job, actor="", comment="", at=NOON), "paused"),
    "done": (lambda job: stored_run(job), "already_succeeded"),
    "held": (lambda job: stored_run(job, state=State.RUNNING, **LATER), "already_running"),
    "cancelled": (lambda job: stored_run(job, state=State.CANCELLED), "cancelled"),
    "used up": (lambda job: stored_run(job, state=State.FAILED, tries=3), "attempts_exhausted"),
    "backing off": (
        lambda job: stored_run(job, state=State.FAILED, tries=1, next_attempt_at=later(days=1)),
        "expired",
    ),
    "another slot held": (
        lambda job: stored_run(job, later(days=-1), state=State.RUNNING, **LATER),
        "expired",
    ),
}


@pytest.mark.parametrize(("prepare", "outcome"), BEFORE.values(), ids=BEFORE)
def test_the_first_line_of_the_table_that_applies_is_answered(declare, prepare, outcome):
    job = declare()
    prepare(job)
    before = tables()
    assert trigger(job, now=LATE, max_late=60).outcome == outcome
    assert tables() == before


def test_it_is_the_callers_own_wish_so_force_does_not_ignore_it(declare):
    job = declare()
    stored_run(job)
    assert trigger(job, now=LATE, max_late=60, force=True).outcome == "expired"
    assert JobRun.objects.get().attempt == 1


def test_the_early_tolerance_is_not_late(declare):
    job = declare(schedule="0 12 * * *")
    assert trigger(job, now=later(seconds=-30), max_late=0).outcome == "succeeded"


# -- how it is sent ---------------------------------------------------------------------------


@pytest.fixture
def old(declare):
    """A job whose newest slot is hours old, by the real clock."""
    now = timezone.now()
    job = declare(schedule=f"{now.minute} {(now.hour - 5) % 24} * * *")
    assert (now - now_slot(job)).total_seconds() > 4 * 3600
    return job


def test_over_http_it_stands_in_the_query(api, old):
    answer = api("POST", "/api/jobs/nightly/run?max_late=3600")
    assert (answer.status_code, answer.json()["outcome"], answer.json()["run"]) == (200, "expired", None)
    assert api("POST", "/api/jobs/nightly/run?max_late=86400").json()["outcome"] == "succeeded"


@pytest.mark.parametrize("text", ["", "-1", "1h", "nan", "1e3", "9" * 9])
def test_over_http_a_wrong_one_is_422_and_starts_nothing(api, old, text):
    answer = api("POST", f"/api/jobs/nightly/run?max_late={text}")
    assert answer.status_code == 422
    assert "`max_late` must be a number of seconds" in answer.json()["detail"]
    assert not JobRun.objects.exists()


def test_a_crontab_line_has_it_too_and_an_expired_slot_is_no_failure(old):
    said = manage("jobs_run", "nightly", "--max-late", "3600")
    assert (outcome_of(said), said.code) == ("expired", 0)
    assert outcome_of(manage("jobs_run", "nightly", "--max-late", "86400.5")) == "succeeded"


@pytest.mark.parametrize("seconds", [3600, timedelta(hours=1)])
def test_python_has_it_too(old, seconds):
    result = jobs_api.trigger("nightly", max_late=seconds)
    assert (result.outcome, result.ok) == ("expired", True)
    assert jobs_api.trigger("nightly", max_late=86400.5).outcome == "succeeded"
