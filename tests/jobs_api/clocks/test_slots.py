"""Which slot a host with a wrong clock runs: the database's clock decides (contract 2.5)."""

from datetime import UTC, datetime, timedelta

import pytest

from jobs_api.models import JobRun, State
from jobs_api.runs import job_state
from jobs_api.schedule.slots import current_slot, next_slot
from tests.conftest import stored_run
from tests.jobs_api.management.calling import manage, outcome_of

from .conftest import RIGHT

pytestmark = pytest.mark.django_db(transaction=True)

WRONG = {
    "a year fast": {"days": 365},
    "an hour slow": {"hours": -1},
    "an hour fast": {"hours": 1},
    "not set since 1970": {"days": -56 * 365},
}
HOURLY = {"schedule": f"{(datetime.now(UTC).minute + 30) % 60} * * * *", "timezone": "UTC"}
"""Half an hour from now: a minute before a slot a trigger means the next one, and run-due does not."""
DAILY = {"schedule": None, "timezone": "Asia/Tokyo"}
LONG_AGO = timedelta(days=30)


@pytest.fixture(params=WRONG.values(), ids=WRONG)
def wrong(request, set_clock):
    """Each of these clocks, set when the test calls it."""
    return lambda: set_clock(**request.param)


def known(job):
    job_state.know(job, at=RIGHT() - LONG_AGO)
    return job


@pytest.mark.parametrize("fields", [HOURLY, DAILY], ids=["scheduled", "on demand"])
def test_a_trigger_runs_the_slot_that_the_databases_clock_means(api, declare, wrong, fields):
    job = declare(**fields)
    wrong()

    before, answer, after = RIGHT(), api("POST", "/api/jobs/nightly/run"), RIGHT()

    assert answer.json()["outcome"] == "succeeded"
    assert JobRun.objects.get().run_date in {current_slot(job.slots, before), current_slot(job.slots, after)}


@pytest.mark.parametrize(
    "arguments", [("jobs_run", "nightly"), ("jobs_run_due",)], ids=["jobs_run", "run-due"]
)
def test_the_commands_do_too(declare, wrong, arguments):
    job = known(declare(**HOURLY))
    wrong()

    before, said, after = RIGHT(), manage(*arguments), RIGHT()

    assert outcome_of(said) == "succeeded"
    assert JobRun.objects.get().run_date in {current_slot(job.slots, before), current_slot(job.slots, after)}


def test_the_slot_of_now_may_be_named_on_a_host_that_is_slow(api, declare, set_clock):
    job = declare(**HOURLY)
    set_clock(hours=-2)

    slot = f"{current_slot(job.slots, RIGHT()):%Y-%m-%dT%H:%M:%SZ}"
    answer = api("POST", f"/api/jobs/nightly/run?run_date={slot}")

    assert answer.json()["outcome"] == "succeeded"


@pytest.mark.parametrize("fields", [HOURLY, DAILY], ids=["scheduled", "on demand"])
@pytest.mark.parametrize("force", [False, True])
def test_a_slot_ahead_of_the_databases_clock_is_refused_by_a_host_that_is_fast(
    api, declare, set_clock, fields, force
):
    job = declare(**fields)
    ahead = next_slot(job.slots, RIGHT() + timedelta(hours=2)) or RIGHT() + timedelta(hours=2)
    set_clock(days=365)
    run = stored_run(job, ahead, state=State.FAILED) if force else None

    command = ("jobs_rerun", run.pk) if run else ("jobs_run", "nightly", "--run-date", ahead.isoformat())
    said = manage(*command)

    assert said.code != 0
    now, fast = RIGHT(), RIGHT() + timedelta(days=365)
    for named in ("in the future", f"database's clock shows {now:%Y-%m-%d}", f"this host's {fast:%Y-}"):
        assert named in said.err
    assert JobRun.objects.exclude(state=State.FAILED).count() == 0


def test_the_refusal_is_a_422(api, declare, set_clock):
    job = declare(**HOURLY)
    set_clock(days=365)
    ahead = next_slot(job.slots, RIGHT() + timedelta(days=9)).isoformat()

    answer = api("POST", "/api/jobs/nightly/run", json={"run_date": ahead})

    assert answer.status_code == 422
    assert "database's clock" in answer.json()["detail"]


def test_a_scheduled_time_that_has_come_by_the_databases_clock_is_used_on_a_host_that_is_slow(
    api, declare, set_clock
):
    job = declare(**HOURLY)
    slot = current_slot(job.slots, RIGHT())
    set_clock(days=-2)

    api("POST", "/api/jobs/nightly/run", headers={"X-CloudScheduler-ScheduleTime": slot.isoformat()})

    run = JobRun.objects.get()
    assert run.run_date == slot
    assert "future" not in run.note


# -- rows that a host with a fast clock has left there ----------------------------------------


@pytest.fixture(params=[State.SUCCEEDED, State.FAILED, State.SKIPPED, State.QUEUED, State.RUNNING])
def ahead(request, declare):
    """A job with a run of next year, as an older version of this app would store it."""
    job = known(declare(**HOURLY, grace=60, overlap="allow"))
    waits = request.param in (State.FAILED, State.QUEUED)
    run = stored_run(
        job, current_slot(job.slots, RIGHT() + timedelta(days=365)), state=request.param,
        next_attempt_at=RIGHT() - timedelta(days=1) if waits else None,
    )  # fmt: skip
    return job, run


def test_a_run_of_the_future_mutes_no_job(api, ahead):
    job, run = ahead

    missed = api("GET", "/api/health/jobs")
    assert (missed.status_code, missed.json()["missed"]) == (503, ["nightly"])
    report = api("POST", "/api/run-due").json()

    assert report["counts"] == {"succeeded": 1}
    assert JobRun.objects.exclude(pk=run.pk).get().run_date == current_slot(job.slots, RIGHT())
    assert api("GET", "/api/health/jobs").status_code == 200


def test_nor_does_one_in_a_job_that_catches_up_every_slot(api, declare):
    job = known(declare(**HOURLY, catch_up="all", catch_up_window=3600 * 3))
    stored_run(job, current_slot(job.slots, RIGHT() + timedelta(days=365)))

    assert api("POST", "/api/run-due").json()["counts"]["succeeded"] >= 3


def test_it_is_neither_the_last_run_nor_what_health_judges_by(api, ahead):
    job, _ = ahead
    failed = stored_run(job, current_slot(job.slots, RIGHT()), state=State.FAILED)

    shown = api("GET", "/api/jobs/nightly").json()

    assert (shown["last_run"]["id"], shown["health"]) == (failed.pk, "failing")


def test_run_due_leaves_what_is_queued_or_failed_there_until_its_time_comes(api, ahead):
    _, run = ahead
    api("POST", "/api/run-due")
    before = JobRun.objects.values().get(pk=run.pk)

    report = api("POST", "/api/run-due")

    assert (report.status_code, report.json()["counts"]) == (200, {})
    assert JobRun.objects.values().get(pk=run.pk) == before
