"""A pause explains itself over HTTP: who, when, why, until when, and how much waits for it."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from jobs_api.models import JobPause, State
from jobs_api.runs import job_state, pausing
from tests.conftest import stored_run
from tests.jobs_api.api.endpoints import PROBLEM, YEARLY, bearer, newest_run, newest_slot

pytestmark = pytest.mark.django_db

TOMORROW = (timezone.now() + timedelta(days=1)).replace(microsecond=0)
ONE, MANY = "/api/jobs/nightly/pause", "/api/pause"


@pytest.fixture
def operate(api):
    """``operate(path, json=...)`` posts as the operator ana."""
    ana = bearer("operate", name="ana")
    return lambda path, **sent: api("POST", path, headers=ana, **sent)


@pytest.fixture
def reports(declare):
    """Three jobs, of which two are reports."""
    return [declare(name, **YEARLY) for name in ("report_day", "report_week", "nightly")]


def test_a_trigger_of_a_paused_job_learns_who_paused_it_when_why_and_until_when(api, operate, declare):
    """Pain 35: nobody knows why, or until when, a job is paused."""
    declare(**YEARLY)
    operate(ONE, json={"reason": "moving", "until": TOMORROW.isoformat()})
    response = api("POST", "/api/jobs/nightly/run", headers=bearer("trigger"))
    told = response.json()["pause"]
    assert (response.status_code, told["actor"], told["reason"]) == (200, "ana", "moving")
    assert datetime.fromisoformat(told["until"]) == TOMORROW
    assert told["until"] == TOMORROW.astimezone(ZoneInfo("America/New_York")).isoformat()  # of the job
    assert datetime.fromisoformat(told["started_at"]) == JobPause.objects.get().started_at


@pytest.mark.parametrize("reason", ["x" * 100_000, "\U0001f600" * 9000, "\x01" * 9000, '"\\' * 5000])
def test_the_answer_to_a_trigger_stays_under_8_kb_however_long_the_reason_is(api, declare, reason):
    job = declare("n" * 100, **YEARLY)
    newest_run(job, State.FAILED, reason="error")
    pausing.pause(job, actor="\U0001f600" * 100, comment=reason, at=timezone.now(), until=TOMORROW)
    response = api("POST", f"/api/jobs/{job.name}/run")
    assert (response.status_code, response.json()["outcome"]) == (200, "paused")
    assert response.json()["pause"]["reason"].rstrip("…") in reason
    assert len(response.content) < 8192


def test_a_pause_with_an_end_is_over_at_that_end(api, operate, declare):
    job = declare(**YEARLY)
    now = timezone.now()
    pausing.pause(job, actor="ana", comment="", at=now - timedelta(hours=2), until=now - timedelta(hours=1))
    shown = api("GET", "/api/jobs/nightly").json()
    assert (shown["paused"], shown["waiting"], shown["health"]) == (False, None, "ok")
    assert datetime.fromisoformat(shown["last_pause"]["until"]) == now - timedelta(hours=1)
    assert api("POST", "/api/jobs/nightly/run").json()["outcome"] == "succeeded"
    said = operate("/api/jobs/nightly/resume").json()
    assert (said["changed"], said["paused"], said["last_pause"]["resume_reason"]) == (
        False, False, "its end was reached",
    )  # fmt: skip


def test_a_pause_tells_how_many_wait_and_so_do_the_list_and_a_resume(api, operate, declare):
    job = declare(**YEARLY)
    job_state.know(job, at=timezone.now())
    for days, fields in ((1, {"state": State.QUEUED}), (2, {"state": State.FAILED, "tries": 1})):
        slot = newest_slot(job) - timedelta(days=days)
        stored_run(job, slot, next_attempt_at=timezone.now(), trigger="backfill", **fields)
    assert operate(ONE).json()["waiting"] == 2
    assert api("GET", "/api/jobs/nightly").json()["waiting"] == 2
    assert api("GET", "/api/jobs").json()["jobs"][0]["waiting"] == 2
    assert api("POST", "/api/run-due").json() == {"counts": {}, "runs": [], "remaining": 0}
    assert operate("/api/jobs/nightly/resume").json()["waiting"] == 2


def test_another_reason_or_end_takes_the_place_of_the_pause(operate, declare):
    declare()
    operate(ONE, json={"reason": "moving"})
    same = operate(ONE, json={"reason": "moving"}).json()
    longer = operate(ONE, json={"reason": "moving", "until": TOMORROW.isoformat()}).json()
    assert (same["changed"], longer["changed"], longer["paused"]) == (False, True, True)
    assert datetime.fromisoformat(longer["last_pause"]["until"]) == TOMORROW
    assert JobPause.objects.count() == 2


UNREADABLE = "`until` must be ISO 8601 with an offset"
REFUSED = {
    "no offset": (
        f"{TOMORROW.date()}T06:00",
        "has no UTC offset. In this server's TIME_ZONE, Europe/Berlin: ",
    ),
    "a day": (f"{TOMORROW.date()}", "has no UTC offset"),
    "a duration": ("2h", UNREADABLE),
    "nothing": ("", UNREADABLE),
    "a number": (7, "`until` must be a string"),
    "a list": ([TOMORROW.isoformat()], "`until` must be a string"),
    "no day": ("2026-02-30T06:00:00+01:00", UNREADABLE),
    "before the calendar": ("0001-01-01T00:00:00+14:00", UNREADABLE),
    "after it": ("9999-12-31T23:59:59-14:00", UNREADABLE),
    "the past": ("2026-01-01T06:00:00+01:00", "`until` is in the past: it is "),
}


@pytest.mark.parametrize("path", [ONE, MANY])
@pytest.mark.parametrize(("until", "detail"), REFUSED.values(), ids=REFUSED)
def test_an_end_that_is_none_is_refused_with_the_remedy(operate, declare, settings, path, until, detail):
    settings.TIME_ZONE = "Europe/Berlin"
    declare()
    jobs = {"jobs": ["*"]} if path == MANY else {}
    response = operate(path, json={**jobs, "until": until})
    assert (response.status_code, response["Content-Type"]) == (422, PROBLEM)
    assert detail in response.json()["detail"]
    assert not JobPause.objects.exists()


def test_an_end_may_have_any_offset_and_null_is_none(operate, declare):
    declare()
    there = TOMORROW.astimezone(UTC).isoformat().replace("+00:00", "z")
    assert operate(ONE, json={"until": there}).json()["last_pause"]["until"] is not None
    assert JobPause.objects.get().until == TOMORROW
    assert operate(ONE, json={"until": None}).json()["last_pause"]["until"] is None


# -- several at once --------------------------------------------------------------------------


def test_a_glob_pauses_and_resumes_what_it_matches(api, operate, reports):
    said = operate(MANY, json={"jobs": ["report_*"], "reason": "no data", "until": TOMORROW.isoformat()})
    told = {job["job"]: (job["paused"], job["changed"], job["waiting"]) for job in said.json()["jobs"]}
    assert told == {"report_day": (True, True, 0), "report_week": (True, True, 0)}
    assert api("GET", "/api/jobs/nightly").json()["paused"] is False
    assert {row.comment for row in JobPause.objects.all()} == {"no data"}

    said = operate("/api/resume", json={"jobs": ["report_week", "*"], "reason": "there is"}).json()["jobs"]
    assert {job["job"]: job["changed"] for job in said} == {
        "report_day": True, "report_week": True, "nightly": False,
    }  # fmt: skip
    assert {row.resume_comment for row in JobPause.objects.all()} == {"there is"}


@pytest.mark.parametrize("path", ["/api/pause", "/api/resume"])
def test_a_token_reaches_only_jobs_that_it_covers(api, reports, path):
    for job in reports:
        pausing.pause(job, actor="", comment="", at=timezone.now())
    mine = bearer("operate", patterns=("report_*",))
    said = api("POST", path, json={"jobs": ["*"]}, headers=mine)
    assert [job["job"] for job in said.json()["jobs"]] == ["report_day", "report_week"]


@pytest.mark.parametrize("globs", [["nightly"], ["night*"], ["report_*", "nightly"], ["nowhere"], ["[", "*"]])
def test_a_hidden_job_is_answered_as_one_that_there_is_not(api, reports, globs):
    mine = bearer("operate", patterns=("report_*",))
    response = api("POST", MANY, json={"jobs": globs}, headers=mine)
    unmatched = next(glob for glob in globs if glob not in ("report_*", "*"))
    assert (response.status_code, response.json()["detail"]) == (404, f"No job matches {unmatched!r}.")
    assert not JobPause.objects.exists()


NO_GLOBS = [None, {}, [], "report_*", 7, {"a": 1}, [7], [""], [None], ["*"] * 101, ["x" * 101], [["*"]]]


@pytest.mark.parametrize("path", ["/api/pause", "/api/resume"])
@pytest.mark.parametrize("globs", NO_GLOBS, ids=lambda value: json.dumps(value)[:12])
def test_what_is_no_list_of_globs_is_refused(operate, reports, path, globs):
    response = operate(path, json={} if globs == {} else {"jobs": globs})
    assert (response.status_code, response["Content-Type"]) == (422, PROBLEM)
    assert "`jobs` must " in response.json()["detail"]
    assert not JobPause.objects.exists()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/pause", {"jobs": ["*"], "job": "nightly"}),
        ("/api/pause?jobs=*", {"jobs": ["*"]}),
        ("/api/resume", {"jobs": ["*"], "until": TOMORROW.isoformat()}),
        ("/api/jobs/nightly/resume", {"until": TOMORROW.isoformat()}),
        ("/api/jobs/nightly/pause", {"jobs": ["*"]}),
    ],
)
def test_an_unknown_key_is_refused(operate, reports, path, body):
    assert operate(path, json=body).status_code == 422
    assert not JobPause.objects.exists()


def test_a_resume_ends_the_pauses_of_many_jobs_within_the_time_of_a_request(operate, declare):
    for number in range(60):
        declare(f"job-{number}")
    assert len(operate(MANY, json={"jobs": ["*"]}).json()["jobs"]) == 60
    assert {job["paused"] for job in operate("/api/resume", json={"jobs": ["*"]}).json()["jobs"]} == {False}


# -- health -----------------------------------------------------------------------------------

HEALTH = "/api/health/jobs"


def test_health_tells_why_jobs_are_paused_the_longest_pause_first(api, declare):
    """Pain 35: a pause that everybody has forgotten."""
    now = timezone.now()
    for days in (1, 40, 3, 9, 7, 5):
        job = declare(f"job-{days}")
        pausing.pause(job, actor="ana", comment=f"{days} days", at=now - timedelta(days=days))
    over = {"at": now - timedelta(days=99), "until": now - timedelta(days=1)}
    pausing.pause(declare("over"), actor="ana", comment="", **over)
    said = api("GET", HEALTH).json()
    assert said["counts"]["paused"] == 6
    assert [told["reason"] for told in said["pauses"]] == [f"{days} days" for days in (40, 9, 7, 5, 3)]
    first = said["pauses"][0]
    assert (first["job"], first["actor"], first["until"], first["waiting"]) == ("job-40", "ana", None, 0)
    assert datetime.fromisoformat(first["started_at"]) == now - timedelta(days=40)


def test_a_token_learns_only_of_the_pauses_of_its_own_jobs(api, reports):
    for job in reports:
        pausing.pause(job, actor="", comment="", at=timezone.now())
    said = api("GET", HEALTH, headers=bearer("read", patterns=("nightly",))).json()
    assert [told["job"] for told in said["pauses"]] == ["nightly"]
    assert api("GET", HEALTH, headers=bearer("trigger", "operate")).status_code == 403


@pytest.mark.parametrize("letter", ["x", "\U0001f600"])
def test_health_stays_under_8_kb_however_much_is_wrong_and_paused(api, declare, letter):
    for number in range(25):
        for kind in ("failing", "paused"):
            job = declare(f"{kind}-{number:02}".ljust(100, "-"), **YEARLY)
            job_state.know(job, at=timezone.now() - timedelta(days=5))
            newest_run(job, State.FAILED, reason="error")
            if kind == "paused":
                pausing.pause(job, actor=letter * 100, comment=letter * 1000, at=timezone.now())
    response = api("GET", HEALTH)
    assert (response.status_code, response.json()["counts"]["paused"]) == (503, 25)
    assert response.json()["pauses"]
    assert len(response.content) < 8192
