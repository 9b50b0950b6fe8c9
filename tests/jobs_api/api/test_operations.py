"""Operators over HTTP: rerun, cancel, backfill, pause and resume; all with who and why."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from pydantic import BaseModel

from jobs_api.models import JobAttempt, JobPause, JobRun, State
from tests.conftest import stored_run
from tests.jobs_api.api.endpoints import PROBLEM, YEARLY, bearer, newest_run, newest_slot

pytestmark = pytest.mark.django_db

DAY = (timezone.now() - timedelta(days=5)).date()
MIDNIGHT = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC)
NEXT_DAY = MIDNIGHT + timedelta(days=1)
IN_FLIGHT = [State.CLAIMED, State.RUNNING]
ENDED = [State.SUCCEEDED, State.FAILED, State.CANCELLED, State.SKIPPED]


@pytest.fixture
def operate(api):
    """``operate(path, json=...)`` posts as the operator ana."""
    ana = bearer("operate", name="ana")
    return lambda path, **sent: api("POST", path, headers=ana, **sent)


# -- rerun ------------------------------------------------------------------------------------


class Params(BaseModel):
    say: str = ""


@pytest.mark.parametrize("state", ENDED)
def test_a_rerun_leaves_any_end_and_records_who_and_why(operate, declare, state):
    run = newest_run(declare(params=Params, **YEARLY), state, tries=3, options={"say": "a"})
    response = operate(f"/api/runs/{run.pk}/rerun", json={"reason": "again"})
    assert (response.status_code, response.json()["outcome"]) == (200, "succeeded")
    before = run.attempt
    run.refresh_from_db()
    assert (run.attempt, run.tries, run.options) == (before + 1, 0, {"say": "a"})
    assert (run.trigger, run.actor, run.comment) == ("rerun", "ana", "again")
    assert JobAttempt.objects.count() == (1 if before else 0)


def test_a_rerun_with_other_options_stores_them(operate, declare):
    run = newest_run(declare(params=Params, **YEARLY), options={"say": "a"})
    operate(f"/api/runs/{run.pk}/rerun", json={"options": {"say": "b"}})
    run.refresh_from_db()
    assert run.options == {"say": "b"}


@pytest.mark.parametrize("state", IN_FLIGHT)
def test_a_rerun_in_flight_is_409_and_changes_nothing(operate, declare, state):
    run = newest_run(declare(**YEARLY), state)
    response = operate(f"/api/runs/{run.pk}/rerun")
    assert (response.status_code, response.json()["outcome"]) == (409, "already_running")
    assert response["Content-Type"] == PROBLEM
    before = run.lease_expires_at
    run.refresh_from_db()
    assert (run.state, run.attempt, run.lease_expires_at) == (state, 1, before)


def test_a_rerun_of_a_queued_run_is_409_naming_what_starts_it(operate, declare):
    run = newest_run(declare(**YEARLY), State.QUEUED)
    response = operate(f"/api/runs/{run.pk}/rerun")
    assert (response.status_code, response["Content-Type"]) == (409, PROBLEM)
    assert "run-due starts it" in response.json()["detail"]
    run.refresh_from_db()
    assert run.state == State.QUEUED


def test_a_rerun_blocked_by_overlap_is_409_and_changes_nothing(operate, declare):
    job = declare(**YEARLY)
    run = newest_run(job)
    earlier = newest_slot(job) - timedelta(days=1)
    stored_run(job, earlier, state=State.RUNNING, lease_expires_at=timezone.now() + timedelta(hours=1))
    response = operate(f"/api/runs/{run.pk}/rerun")
    assert (response.status_code, response.json()["outcome"]) == (409, "overlap_skipped")
    run.refresh_from_db()
    assert (run.state, run.attempt) == (State.SUCCEEDED, 1)
    assert not JobAttempt.objects.exists()


def test_a_rerun_that_fails_is_500(operate, declare, toy):
    def breaks(command, **options):
        raise RuntimeError("no")

    toy(breaks)
    run = newest_run(declare(**YEARLY))
    assert operate(f"/api/runs/{run.pk}/rerun").status_code == 500


@pytest.mark.parametrize("body", [{"run_date": "2020-01-01"}, {"force": True}, {"options": {"x": 1}}])
def test_a_rerun_refuses_what_it_does_not_know(operate, declare, body):
    run = newest_run(declare(params=Params, **YEARLY))
    assert operate(f"/api/runs/{run.pk}/rerun", json=body).status_code == 422
    assert JobRun.objects.get().attempt == 1


# -- cancel -----------------------------------------------------------------------------------


def test_a_queued_run_is_cancelled_at_once(operate, declare):
    run = newest_run(declare(**YEARLY), State.QUEUED, next_attempt_at=timezone.now())
    response = operate(f"/api/runs/{run.pk}/cancel", json={"reason": "not today"})
    assert (response.status_code, response.json()["state"]) == (200, "cancelled")
    run.refresh_from_db()
    assert (run.state, run.next_attempt_at) == (State.CANCELLED, None)
    assert "ana" in run.note
    assert "not today" in run.note
    assert operate(f"/api/runs/{run.pk}/cancel").status_code == 409


def test_one_that_waits_in_an_engine_is_cancelled_as_it_cannot_begin_any_more(operate, declare):
    run = newest_run(declare(**YEARLY), State.CLAIMED)
    assert operate(f"/api/runs/{run.pk}/cancel").status_code == 200
    run.refresh_from_db()
    assert (run.state, run.held_job, run.lease_expires_at) == (State.CANCELLED, None, None)


def test_a_running_one_is_asked_to_stop(operate, declare):
    run = newest_run(declare(**YEARLY), State.RUNNING)
    response = operate(f"/api/runs/{run.pk}/cancel")
    assert response.status_code == 202
    assert response["Location"] == f"/api/runs/{run.pk}"
    assert int(response["Retry-After"]) > 0
    run.refresh_from_db()
    assert run.state == State.RUNNING  # only its holder writes `cancelled`
    assert run.cancel_requested_at is not None


def test_a_run_whose_holder_has_gone_silent_has_ended_and_cannot_be_cancelled(operate, declare):
    silent = timezone.now() - timedelta(minutes=1)
    run = newest_run(declare(**YEARLY), State.RUNNING, lease_expires_at=silent)
    assert operate(f"/api/runs/{run.pk}/cancel").status_code == 409
    run.refresh_from_db()
    assert (run.state, run.reason, run.cancel_requested_at) == (State.FAILED, "lost", None)


@pytest.mark.parametrize("state", ENDED)
def test_a_run_that_has_ended_cannot_be_cancelled(operate, declare, state):
    run = newest_run(declare(**YEARLY), state)
    response = operate(f"/api/runs/{run.pk}/cancel")
    assert (response.status_code, response["Content-Type"]) == (409, PROBLEM)
    run.refresh_from_db()
    assert (run.state, run.cancel_requested_at) == (state, None)


# -- backfill ---------------------------------------------------------------------------------


def backfill(**body):
    return {"json": {"start": MIDNIGHT.isoformat(), "end": NEXT_DAY.isoformat(), **body}}


def test_a_backfill_queues_the_slots_without_a_run(operate, declare):
    job = declare(schedule="0 * * * *")
    stored_run(job, MIDNIGHT + timedelta(hours=2))
    response = operate("/api/jobs/nightly/backfill", **backfill(reason="new column"))
    said = response.json()
    assert (response.status_code, said["slots"], said["queued"]) == (202, 24, 23)
    queued = JobRun.objects.filter(state=State.QUEUED).order_by("run_date")
    assert queued.count() == 23
    assert queued[0].run_date == MIDNIGHT  # start belongs to it, end does not
    assert queued[22].run_date == NEXT_DAY - timedelta(hours=1)
    assert (queued[0].trigger, queued[0].actor, queued[0].comment) == ("backfill", "ana", "new column")


def test_a_backfill_can_be_tried_dry(operate, declare):
    declare(schedule="0 * * * *")
    response = operate("/api/jobs/nightly/backfill", **backfill(dry_run=True))
    assert (response.status_code, response.json()["queued"]) == (200, 24)
    assert response.json()["run_dates"][0] == MIDNIGHT.isoformat()
    assert not JobRun.objects.exists()


@pytest.mark.parametrize(("slots", "status"), [(1000, 202), (1001, 422)])
def test_a_backfill_has_at_most_1000_slots(operate, declare, slots, status):
    declare(schedule="* * * * *")
    end = (MIDNIGHT + timedelta(minutes=slots)).isoformat()
    response = operate("/api/jobs/nightly/backfill", **backfill(end=end))
    assert response.status_code == status
    assert JobRun.objects.count() == (slots if status == 202 else 0)
    if status == 422:
        assert "1,001" in response.json()["detail"]


WRONG = {
    "no-start": ({"start": None}, "start"),
    "no-end": ({"end": None}, "end"),
    "naive": ({"start": f"{DAY}T00:00:00"}, "start"),
    "words": ({"start": "yesterday"}, "start"),
    "turned-around": ({"start": NEXT_DAY.isoformat(), "end": MIDNIGHT.isoformat()}, "end"),
    "empty": ({"end": MIDNIGHT.isoformat()}, "end"),
    "future": ({"end": f"{timezone.now().year + 2}-01-01"}, "future"),
    "too-old": ({"start": "2001-01-01"}, "retention"),
    "far-off": ({"start": "0001-01-01T00:00:00+14:00"}, "start"),
    "dry-run": ({"dry_run": "perhaps"}, "dry_run"),
    "unknown": ({"until": "x"}, "until"),
    "options": ({"options": {"x": 1}}, "options"),
    "reason": ({"reason": 1}, "reason"),
}


@pytest.mark.parametrize(("body", "named"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_backfill_is_422_and_queues_nothing(operate, declare, body, named):
    declare(schedule="0 * * * *")
    response = operate("/api/jobs/nightly/backfill", **backfill(**body))
    assert response.status_code == 422
    assert named in response.json()["detail"]
    assert not JobRun.objects.exists()


def test_a_job_on_demand_has_no_slots_to_fill(operate, declare):
    declare(schedule=None)
    assert operate("/api/jobs/nightly/backfill", **backfill()).status_code == 422


# -- pause and resume -------------------------------------------------------------------------


def test_a_paused_job_starts_nothing_until_it_is_resumed(api, operate, declare):
    declare(**YEARLY)
    assert operate("/api/jobs/nightly/pause", json={"reason": "moving"}).json()["changed"] is True
    assert operate("/api/jobs/nightly/pause").json()["changed"] is False
    assert api("POST", "/api/jobs/nightly/run").json()["outcome"] == "paused"
    assert api("GET", "/api/jobs/nightly").json()["paused"] is True
    assert operate("/api/jobs/nightly/resume").json()["changed"] is True
    assert operate("/api/jobs/nightly/resume").json()["changed"] is False
    assert api("POST", "/api/jobs/nightly/run").json()["outcome"] == "succeeded"
    pause = JobPause.objects.get()
    assert (pause.actor, pause.comment) == ("ana", "moving")
    assert pause.ended_at is not None


def test_who_resumed_a_job_and_why_is_on_record_and_shown(api, operate, declare):
    declare()
    begun = operate("/api/jobs/nightly/pause", json={"reason": "moving"}).json()["last_pause"]
    assert (begun["actor"], begun["reason"]) == ("ana", "moving")
    assert (begun["ended_at"], begun["resumed_by"], begun["resume_reason"]) == (None, None, None)
    ended = operate("/api/jobs/nightly/resume", json={"reason": "moved"}).json()["last_pause"]
    assert (ended["resumed_by"], ended["resume_reason"]) == ("ana", "moved")
    assert ended["ended_at"] is not None
    pause = JobPause.objects.get()
    assert (pause.actor, pause.comment) == ("ana", "moving")
    assert (pause.resumed_by, pause.resume_comment) == ("ana", "moved")
    assert api("GET", "/api/jobs/nightly").json()["last_pause"] == ended
    assert api("GET", "/api/jobs").json()["jobs"][0]["last_pause"] == ended
    assert operate("/api/jobs/nightly/resume", json={"reason": "again"}).json()["last_pause"] == ended


def test_a_job_that_was_never_paused_has_no_last_pause(api, operate, declare):
    declare()
    assert operate("/api/jobs/nightly/resume").json() == {
        "job": "nightly",
        "paused": False,
        "changed": False,
        "last_pause": None,
        "waiting": 0,
    }
    assert api("GET", "/api/jobs/nightly").json()["last_pause"] is None


def test_the_last_pause_is_the_newest(api, operate, declare):
    declare()
    for number in range(3):
        operate("/api/jobs/nightly/pause", json={"reason": f"pause {number}"})
        operate("/api/jobs/nightly/resume", json={"reason": f"resume {number}"})
    assert api("GET", "/api/jobs/nightly").json()["last_pause"]["resume_reason"] == "resume 2"


# -- what is not text -------------------------------------------------------------------------

NO_TEXT = [5, 0, 1.5, True, False, [], ["why"], {}, {"why": 1}, "x" * 1001]
TEXTS = {
    "rerun": ("/api/runs/{run}/rerun", {}, "reason"),
    "cancel": ("/api/runs/{run}/cancel", {}, "reason"),
    "pause": ("/api/jobs/nightly/pause", {}, "reason"),
    "resume": ("/api/jobs/nightly/resume", {}, "reason"),
    "backfill": ("/api/jobs/nightly/backfill", {"start": "2026-11-01", "end": "2026-11-02"}, "reason"),
    "backfill, from": ("/api/jobs/nightly/backfill", {"end": "2026-11-02"}, "start"),
    "backfill, until": ("/api/jobs/nightly/backfill", {"start": "2026-11-01"}, "end"),
    "force": ("/api/jobs/nightly/run", {"force": True}, "reason"),
    "the slot": ("/api/jobs/nightly/run", {"force": True}, "run_date"),
}


@pytest.mark.parametrize("value", NO_TEXT, ids=lambda value: str(value)[:10])
@pytest.mark.parametrize("case", TEXTS)
def test_a_field_of_text_takes_nothing_else(api, declare, case, value):
    """A number in `reason` is a program's mistake, and would be on record as if it were a reason."""
    run = newest_run(declare(**YEARLY), State.QUEUED if case == "cancel" else State.SUCCEEDED)
    before = list(JobRun.objects.values())
    path, body, field = TEXTS[case]
    both = bearer("trigger", "operate")
    response = api("POST", path.format(run=run.pk), json={**body, field: value}, headers=both)
    assert (response.status_code, response["Content-Type"]) == (422, PROBLEM)
    assert f"`{field}`" in response.json()["detail"]
    assert list(JobRun.objects.values()) == before
    assert not JobPause.objects.exists()


@pytest.mark.parametrize("case", ["rerun", "cancel", "pause", "resume", "backfill"])
def test_who_asks_is_the_token_and_nobody_says_otherwise(operate, declare, case):
    run = newest_run(declare(**YEARLY), State.QUEUED if case == "cancel" else State.SUCCEEDED)
    path, body, _ = TEXTS[case]
    response = operate(path.format(run=run.pk), json={**body, "actor": "somebody else"})
    assert response.status_code == 422
    assert "`actor`" in response.json()["detail"]
