"""What each outcome looks like over HTTP: the contract's table, row by row."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management.base import CommandError
from django.utils import timezone

from jobs_api import Job
from jobs_api.exceptions import SubmitFailed
from jobs_api.models import JobRun, State
from jobs_api.runs import pausing
from tests.conftest import stored_run
from tests.jobs_api.api.endpoints import PROBLEM, YEARLY, bearer, following_slot, newest_run, newest_slot

pytestmark = pytest.mark.django_db

MEMBERS = {"outcome", "job", "run_date", "run", "next_run_date"}
PROBLEM_MEMBERS = {"type", "title", "status", "detail"}
RUN_MEMBERS = {"id", "state", "attempt", "reason", "started_at", "finished_at", "duration_ms", "url"}


@dataclasses.dataclass(frozen=True)
class Row:
    """One outcome: what leads to it, and the answer."""

    outcome: str
    status: int
    arrange: Callable[[Job], Any] = lambda job: None
    state: str | None = None
    """Of the run in the answer; None: there is none."""
    reason: str | None = None
    fields: dict[str, Any] = dataclasses.field(default_factory=dict)
    submit: Callable[..., None] | None = None
    most: int = 60
    """Seconds of Retry-After, at most."""

    def __str__(self) -> str:
        return self.outcome


def refuse(job: Job, lease: Any) -> None:
    raise SubmitFailed("amqp://user:hunter2@broker.internal is down")


def failed(job: Job, **fields: Any) -> JobRun:
    return newest_run(job, State.FAILED, reason="error", **fields)


def another_slot_runs(job: Job) -> JobRun:
    earlier = newest_slot(job) - timedelta(days=1)
    return stored_run(job, earlier, state=State.RUNNING, lease_expires_at=timezone.now() + timedelta(hours=1))


def in_half_an_hour() -> Any:
    """Later than any machine stalls, and than a clock that is set right meanwhile goes back."""
    return timezone.now() + timedelta(minutes=30)


ROWS = (
    Row("paused", 200, lambda job: pausing.pause(job, actor="", comment="", at=timezone.now())),
    Row("already_succeeded", 200, newest_run, "succeeded"),
    Row("already_running", 202, lambda job: newest_run(job, State.RUNNING), "running"),
    Row("already_running", 202, lambda job: newest_run(job, State.CLAIMED), "claimed"),
    Row(
        "cancelled",
        200,
        lambda job: newest_run(job, State.CANCELLED, reason="cancelled"),
        "cancelled",
        "cancelled",
    ),
    Row("attempts_exhausted", 500, lambda job: failed(job, tries=3), "failed", "error"),
    Row("expired", 200, fields={"expires": 60}),
    Row("expired", 200, lambda job: failed(job, tries=1), "failed", "error", {"expires": 60}),
    Row(
        "retry_later",
        503,
        lambda job: failed(job, tries=1, next_attempt_at=in_half_an_hour()),
        "failed",
        "error",
        most=3600,
    ),
    Row("overlap_skipped", 200, another_slot_runs, "skipped"),
    Row("submit_failed", 503, state="failed", reason="submit_failed", submit=refuse),
    Row("accepted", 202, state="claimed", submit=lambda job, lease: None),
    Row("succeeded", 200, state="succeeded"),
    Row("succeeded", 200, lambda job: failed(job, tries=1), "succeeded"),
    Row("succeeded", 200, lambda job: newest_run(job, State.SKIPPED), "succeeded"),
    Row("succeeded", 200, lambda job: newest_run(job, State.QUEUED, next_attempt_at=None), "succeeded"),
)


@pytest.fixture(params=ROWS, ids=str)
def row(request):
    return request.param


@pytest.fixture
def job(row, declare, executor):
    fields = {"executor": executor(row.submit)} if row.submit else {}
    return declare(**YEARLY, **row.fields, **fields)


@pytest.fixture
def response(row, job, api):
    row.arrange(job)
    # Nothing is waited for, on whatever executor the job is.
    return api("POST", "/api/jobs/nightly/run", headers={"Prefer": "respond-async"})


def test_an_outcome_has_its_status_and_its_members(row, job, response):
    assert (response.json()["outcome"], response.status_code) == (row.outcome, row.status)
    more = {"pause"} if row.outcome == "paused" else PROBLEM_MEMBERS if row.status >= 400 else set()
    assert set(response.json()) == MEMBERS | more
    assert response["Content-Type"] == (PROBLEM if row.status >= 400 else "application/json")
    assert int(response["Content-Length"]) == len(response.content) < 8192


def test_an_outcome_names_the_slot_with_the_offset_of_its_job(row, job, response):
    said = response.json()
    assert said["run_date"] == newest_slot(job).isoformat()
    assert said["run_date"].endswith("-01-01T00:00:00-05:00")
    assert said["next_run_date"] == following_slot(job).isoformat()
    assert said["job"] == "nightly"


def test_an_outcome_tells_of_the_run_or_null(row, job, response, api):
    run = response.json()["run"]
    if row.state is None:
        assert run is None
        return
    assert set(run) == RUN_MEMBERS
    assert (run["state"], run["reason"]) == (row.state, row.reason)
    assert run["url"] == f"/api/runs/{run['id']}"
    assert (run["finished_at"] is None) == (row.state in ("claimed", "running"))
    stored = JobRun.objects.get(run_date=newest_slot(job))
    assert (stored.pk, stored.state, stored.attempt) == (run["id"], run["state"], run["attempt"])


def test_an_outcome_says_where_to_look_and_when_to_come_again(row, job, response):
    assert response.has_header("Location") == (row.status == 202)
    assert response.get("Location") == (response.json()["run"]["url"] if row.status == 202 else None)
    assert response.has_header("Retry-After") == (row.status in (202, 503))
    assert 1 <= int(response.get("Retry-After", 1)) <= row.most


def test_a_bad_outcome_has_a_page_that_explains_it(row, job, response, client):
    if row.status >= 400:
        said = response.json()
        assert said["status"] == row.status
        assert row.outcome.replace("_", " ") == said["title"].lower()
        assert client.get(said["type"]).status_code == 200


def test_an_outcome_shows_nothing_that_an_executor_said(row, job, response):
    assert b"hunter2" not in response.content


# -- attempts that fail -----------------------------------------------------------------------


def leave_with(code: Any) -> Callable[..., None]:
    def leave(command: Any, **options: Any) -> None:
        raise SystemExit(code)

    return leave


def breaks_with(error: Exception) -> Callable[..., None]:
    def breaks(command: Any, **options: Any) -> None:
        raise error

    return breaks


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (breaks_with(RuntimeError("no")), "error"),
        (breaks_with(CommandError("no", returncode=0)), "error"),
        (breaks_with(MemoryError()), "error"),
        (leave_with(3), "exit"),
        (leave_with("no"), "exit"),
    ],
    ids=["raises", "command-error", "memory", "exit-3", "exit-text"],
)
def test_pain_18_a_failure_is_never_reported_as_success(api, declare, toy, behaviour, reason):
    toy(behaviour)
    declare(**YEARLY)
    response = api("POST", "/api/jobs/nightly/run", headers={"Prefer": "handling=strict"})
    assert response.status_code == 500
    assert (response.json()["outcome"], response.json()["run"]["reason"]) == ("failed", reason)
    assert response["Content-Type"] == PROBLEM
    assert set(response.json()) == MEMBERS | PROBLEM_MEMBERS


@pytest.mark.parametrize("code", [0, None])
def test_a_command_that_exits_with_zero_has_succeeded(api, declare, toy, code):
    toy(leave_with(code))
    declare(**YEARLY)
    assert api("POST", "/api/jobs/nightly/run").json()["outcome"] == "succeeded"


# -- callers that come again ------------------------------------------------------------------


def test_pain_14_a_caller_that_gave_up_finds_the_run_and_its_end(api, declare):
    run = newest_run(declare(**YEARLY), State.RUNNING)
    again = api("POST", "/api/jobs/nightly/run")
    assert again.status_code == 202
    shown = api("GET", again["Location"])
    assert (shown.status_code, shown["Retry-After"]) == (202, "5")
    JobRun.objects.filter(pk=run.pk).update(state=State.SUCCEEDED, lease_expires_at=None, held_job=None)
    assert api("GET", again["Location"]).status_code == 200
    assert api("POST", "/api/jobs/nightly/run").json()["outcome"] == "already_succeeded"


def test_pain_19_a_repeat_is_a_success_and_runs_nothing(api, declare, toy):
    calls = []
    toy(lambda command, **options: calls.append(1))
    declare(**YEARLY)
    answers = [api("POST", f"/api/jobs/nightly/run{slash}") for slash in ("", "/", "", "/")]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert [answer.json()["outcome"] for answer in answers] == ["succeeded", *["already_succeeded"] * 3]
    assert len(calls) == 1


def test_the_offset_is_that_of_the_slot_and_not_of_today(api, declare):
    job = declare(schedule="0 3 1 7 *", timezone="America/New_York")
    said = api("POST", "/api/jobs/nightly/run").json()
    assert said["run_date"] == newest_slot(job).isoformat()
    assert said["run_date"].endswith("-07-01T03:00:00-04:00")


def test_a_job_on_demand_has_no_next_slot(api, declare):
    declare(schedule=None, timezone="Asia/Kathmandu")
    said = api("POST", "/api/jobs/nightly/run").json()
    assert said["next_run_date"] is None
    assert said["run_date"].endswith("T00:00:00+05:45")


def test_a_rerun_is_answered_as_a_trigger_is(api, declare, toy):
    run = newest_run(declare(**YEARLY))
    response = api("POST", f"/api/runs/{run.pk}/rerun", headers=bearer("operate"))
    assert set(response.json()) == MEMBERS
    assert response.json()["run"]["attempt"] == 2
    toy(breaks_with(RuntimeError("no")))
    response = api("POST", f"/api/runs/{run.pk}/rerun", headers=bearer("operate"))
    assert response.status_code == 500
    assert set(response.json()) == MEMBERS | PROBLEM_MEMBERS
