"""Reading jobs and runs: pages, filters, what is lost, and what is no longer declared."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from jobs_api import registry
from jobs_api.models import HELD, JobAttempt, JobDeclaration, State
from jobs_api.runs import job_state, pausing
from tests.conftest import NOON, stored_run
from tests.jobs_api.api.endpoints import YEARLY, bearer, following_slot, newest_run

pytestmark = pytest.mark.django_db

RUNS = "/api/jobs/nightly/runs"
HOUR = timedelta(hours=1)


def pages(api, query="limit=2"):
    """All pages, following `next`."""
    following = ""
    while following is not None:
        page = api("GET", f"{RUNS}?{query}{following}").json()
        yield [run["id"] for run in page["runs"]]
        following = None if page["next"] is None else f"&cursor={page['next']}"


def long_ago(seconds=60):
    return timezone.now() - timedelta(seconds=seconds)


# -- pages ------------------------------------------------------------------------------------


def test_runs_come_newest_first_in_pages(api, declare):
    job = declare()
    ids = [stored_run(job, NOON - HOUR * number).pk for number in range(5)]
    assert list(pages(api)) == [ids[:2], ids[2:4], ids[4:]]
    assert list(pages(api, "limit=5")) == [ids]
    assert [run["id"] for run in api("GET", RUNS).json()["runs"]] == ids


def test_pages_stay_as_they_are_while_rows_arrive(api, declare):
    job = declare()
    ids = [stored_run(job, NOON - HOUR * number).pk for number in range(4)]
    seen = []
    for page in pages(api):
        seen += page
        stored_run(job, NOON + HOUR * len(seen))  # a newer one, between two pages
    assert seen == ids


def test_a_full_last_page_has_no_next(api, declare):
    job = declare()
    for number in range(4):
        stored_run(job, NOON - HOUR * number)
    assert [len(page) for page in pages(api)] == [2, 2]


def test_a_job_without_runs_has_one_empty_page(api, declare):
    declare()
    assert api("GET", RUNS).json() == {"runs": [], "next": None}


def test_the_runs_of_other_jobs_are_not_listed(api, declare):
    stored_run(declare("nightly-2"))
    declare()
    assert api("GET", RUNS).json()["runs"] == []


def forged(text):
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=many",
        "limit=1000000000000",
        "state=done",
        "state=",
        "since=yesterday",
        "since=2026-11-20T00:00:00",
        "until=2026-13-01",
        "cursor=x",
        "cursor=",
        f"cursor={forged('2026-11-20T00:00:00')}",
        f"cursor={forged('0001-01-01T00:00:00+14:00')}",
        f"cursor={forged('9999-12-31T23:59:59-14:00')}",
        "cursor=%F0%9F%90%98",
        "page=2",
        "state=failed&state=lost",
        "since=%00",
    ],
)
def test_a_wrong_query_is_422_and_named(api, declare, query):
    declare()
    response = api("GET", f"{RUNS}?{query}")
    assert response.status_code == 422
    assert f"`{query.partition('=')[0]}`" in response.json()["detail"]


# -- filters ----------------------------------------------------------------------------------


def test_runs_can_be_filtered_by_state(api, declare):
    job = declare(overlap="allow")
    in_flight = {"lease_expires_at": long_ago(-60)}
    ids = {
        state: stored_run(job, NOON + HOUR * n, state=state, **(in_flight if state in HELD else {})).pk
        for n, state in enumerate(State.values)
    }
    for state in State.values:
        assert [run["id"] for run in api("GET", f"{RUNS}?state={state}").json()["runs"]] == [ids[state]]


def test_since_belongs_to_the_interval_and_until_does_not(api, declare):
    job = declare(timezone="America/New_York")
    ids = [stored_run(job, datetime(2026, 11, day, 5, tzinfo=UTC)).pk for day in (18, 19, 20)]

    def listed(query):
        return [run["id"] for run in api("GET", f"{RUNS}?{query}").json()["runs"]]

    assert listed("since=2026-11-19T05:00:00Z&until=2026-11-20T05:00:00Z") == [ids[1]]
    assert listed("since=2026-11-19T00:00:00-05:00") == [ids[2], ids[1]]
    assert listed("until=2026-11-19") == [ids[0]]  # midnight in the job's zone, which is 05:00 UTC
    assert listed("since=2026-11-20") == [ids[2]]


def known(job):
    """As a trigger, or a migration, makes it known."""
    job_state.know(job, at=timezone.now())
    return job


# -- what has no living holder ----------------------------------------------------------------


@pytest.mark.parametrize("state", [State.CLAIMED, State.RUNNING])
def test_pain_7_a_held_run_whose_lease_is_over_is_shown_as_lost(api, declare, state):
    run = newest_run(known(declare(**YEARLY)), state, lease_expires_at=long_ago())
    shown = api("GET", f"/api/runs/{run.pk}")
    assert shown.status_code == 200
    assert (shown.json()["state"], shown.json()["reason"]) == ("failed", "lost")
    assert [(a["state"], a["reason"]) for a in shown.json()["attempts"]] == [("failed", "lost")]
    listed = api("GET", f"{RUNS}?state=failed").json()["runs"]
    assert [(each["id"], each["reason"]) for each in listed] == [(run.pk, "lost")]
    assert api("GET", f"{RUNS}?state={state}").json()["runs"] == []
    assert api("GET", "/api/jobs/nightly").json()["last_run"]["reason"] == "lost"
    run.refresh_from_db()
    assert run.state == state  # reading changes nothing


# -- one run ----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.QUEUED, State.CLAIMED, State.RUNNING])
def test_a_run_in_flight_is_202_with_retry_after(api, declare, state):
    run = newest_run(declare(**YEARLY), state, progress_done=3, progress_total=9)
    response = api("GET", f"/api/runs/{run.pk}")
    assert (response.status_code, response.json()["state"]) == (202, state)
    assert int(response["Retry-After"]) > 0
    assert response.json()["progress"] == {"done": 3, "total": 9}


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.FAILED, State.CANCELLED, State.SKIPPED])
def test_a_run_that_has_ended_is_200(api, declare, state):
    run = newest_run(declare(**YEARLY), state)
    response = api("GET", f"/api/runs/{run.pk}")
    assert (response.status_code, response.json()["state"]) == (200, state)
    assert not response.has_header("Retry-After")


def test_pain_25_a_run_has_all_its_attempts(api, declare):
    run = stored_run(
        declare(), attempt=3, source="curl", actor="ana", comment="c", note="n", executor="inline"
    )
    for number, reason in ((2, "timeout"), (1, "lost")):
        record = {"state": State.FAILED, "reason": reason, "started_at": NOON, "trigger": "http"}
        JobAttempt.objects.create(run=run, attempt=number, finished_at=NOON + HOUR, **record)
    attempts = api("GET", f"/api/runs/{run.pk}").json()["attempts"]
    assert [(each["attempt"], each["reason"]) for each in attempts] == [
        (1, "lost"),
        (2, "timeout"),
        (3, None),
    ]
    assert [each["duration_ms"] for each in attempts] == [3_600_000, 3_600_000, 1000]
    newest = attempts[-1]
    assert [newest[key] for key in ("source", "actor", "comment", "note", "executor")] == [
        "curl",
        "ana",
        "c",
        "n",
        "inline",
    ]


def test_pain_13_a_run_date_has_the_offset_of_its_job(api, declare):
    run = stored_run(declare(timezone="Europe/Berlin"), datetime(2026, 7, 1, 1, tzinfo=UTC))
    assert api("GET", f"/api/runs/{run.pk}").json()["run_date"] == "2026-07-01T03:00:00+02:00"
    assert api("GET", RUNS).json()["runs"][0]["run_date"] == "2026-07-01T03:00:00+02:00"


# -- jobs -------------------------------------------------------------------------------------


def test_a_job_tells_its_schedule_its_next_slot_and_its_last_run(api, declare):
    job = known(declare(**YEARLY, description="Counts."))
    run = newest_run(job)
    shown = api("GET", "/api/jobs/nightly").json()
    assert (shown["schedule"], shown["timezone"]) == (YEARLY["schedule"], "America/New_York")
    assert shown["next_run_date"] == following_slot(job).isoformat()
    assert (shown["last_run"]["id"], shown["health"], shown["paused"]) == (run.pk, "ok", False)
    assert shown["description"] == "Counts."
    assert api("GET", "/api/jobs").json() == {"jobs": [shown]}


def test_the_help_of_the_command_describes_a_job_that_does_not(api, declare):
    declare(**YEARLY)
    assert api("GET", "/api/jobs/nightly").json()["description"] == "Does what a test asks for."


def test_a_job_without_runs_has_no_last_one(api, declare):
    declare(schedule=None)
    shown = api("GET", "/api/jobs/nightly").json()
    assert (shown["last_run"], shown["next_run_date"], shown["schedule"]) == (None, None, None)


def test_jobs_are_listed_by_name_and_only_those_of_the_token(api, declare):
    for name in ("b-2", "a", "b-1"):
        declare(name, **YEARLY)
    names = [job["name"] for job in api("GET", "/api/jobs").json()["jobs"]]
    assert names == ["a", "b-1", "b-2"]
    mine = bearer("read", patterns=("b-*",))
    assert [job["name"] for job in api("GET", "/api/jobs", headers=mine).json()["jobs"]] == ["b-1", "b-2"]


def test_a_job_tells_its_health(api, declare):
    job = declare(schedule="0 3 * * *")
    row = JobDeclaration(job_name="nightly", schedule=job.schedule, timezone="UTC", since=long_ago(86400 * 5))
    row.save()
    shown = api("GET", "/api/jobs/nightly").json()
    assert shown["health"] == "missed"
    assert shown["missed_run_date"].endswith("T03:00:00+00:00")
    newest_run(job, State.FAILED, reason="error")
    assert api("GET", "/api/jobs/nightly").json()["health"] == "failing"
    pausing.pause(job, actor="", comment="", at=timezone.now())
    assert api("GET", "/api/jobs/nightly").json()["health"] == "paused"


def test_a_run_outlives_the_declaration_of_its_job(api, declare):
    run = stored_run(declare(timezone="Asia/Tokyo"), output_head=b"hi", output_size=2)
    registry.fill([])
    shown = api("GET", f"/api/runs/{run.pk}")
    assert (shown.status_code, shown.json()["run_date"]) == (200, NOON.isoformat())
    assert api("GET", f"/api/runs/{run.pk}/output").content == b"hi"
    assert api("GET", RUNS).status_code == 404
    assert api("POST", f"/api/runs/{run.pk}/rerun", headers=bearer("operate")).status_code == 404
    assert api("GET", "/api/jobs").json() == {"jobs": []}
    assert api("GET", "/api/health/jobs").status_code == 200


# -- values at the edge -----------------------------------------------------------------------


@pytest.mark.parametrize("day", ["2026-01-01T00:00:00%2B23:59", "2026-01-01T00:00:00.5-23:59", "1970-01-01"])
@pytest.mark.parametrize("key", ["since", "until"])
def test_an_instant_with_an_offset_that_no_database_takes_is_taken(api, declare, key, day):
    declare(**YEARLY)
    assert api("GET", f"/api/jobs/nightly/runs?{key}={day}").status_code == 200


@pytest.mark.parametrize(
    "query", ["since=0001-01-01", "until=9999-12-31", "limit=0000000019999", "limit=1e3", "limit=201"]
)
def test_what_no_run_can_have_is_422(api, declare, query):
    declare(**{**YEARLY, "timezone": "Asia/Tokyo"})
    assert api("GET", f"/api/jobs/nightly/runs?{query}").status_code == 422


# -- what is for people -----------------------------------------------------------------------


FOR_PEOPLE = {"owner": "ops", "runbook": "https://wiki.example.com/nightly", "tags": ("billing", "tier-1")}
NOTHING = {"owner": None, "runbook": None, "tags": []}


def members_of(told):
    return {name: told[name] for name in FOR_PEOPLE}


def test_a_job_tells_its_owner_runbook_and_tags(api, declare):
    declare(**FOR_PEOPLE)
    declare("other")
    told = [members_of(job) for job in api("GET", "/api/jobs").json()["jobs"]]
    assert told == [{**FOR_PEOPLE, "tags": ["billing", "tier-1"]}, NOTHING]
    assert members_of(api("GET", "/api/jobs/nightly").json()) == told[0]


@pytest.mark.parametrize(
    ("query", "names"),
    {
        "tag=billing": ["a", "b"],
        "tag=tier-1": ["b"],
        "owner=ops": ["a"],
        "owner=ops&tag=tier-1": [],
        "owner=Zo%C3%AB%20%26%20co&tag=tier-1": ["b"],
        "tag=bill": [],
        "tag=Billing": [],
        "tag=": [],
        "owner=": ["c"],
    }.items(),
)
def test_jobs_can_be_filtered_by_tag_and_owner(api, declare, query, names):
    declare("a", owner="ops", tags=("billing",))
    declare("b", owner="Zoë & co", tags=("tier-1", "billing"))
    declare("c")
    assert [job["name"] for job in api("GET", f"/api/jobs?{query}").json()["jobs"]] == names


@pytest.mark.parametrize("query", ["tags=billing", "tag=a&tag=b", "owner=%00"])
def test_a_filter_of_jobs_that_is_wrong_is_422(api, declare, query):
    declare()
    assert api("GET", f"/api/jobs?{query}").status_code == 422


def test_a_filter_shows_no_job_that_the_token_hides(api, declare):
    declare("mine", tags=("billing",))
    declare("other", tags=("billing",))
    told = api("GET", "/api/jobs?tag=billing", headers=bearer("read", patterns=("mine",))).json()
    assert [job["name"] for job in told["jobs"]] == ["mine"]
