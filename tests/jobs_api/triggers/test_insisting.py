"""An operator who insists on a slot beyond the retention gets an error, not an answer as if all were well."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone

from jobs_api.models import JobAttempt, JobRun
from tests.conftest import stored_run
from tests.jobs_api.api.endpoints import bearer
from tests.jobs_api.management.calling import manage, now_slot

pytestmark = pytest.mark.django_db
DAY = (timezone.now() - timedelta(days=30)).date()
SLOT = datetime.combine(DAY, time(3), UTC)
ENDED = ("succeeded", "failed", "cancelled", "skipped")
FORCED = {
    "force in the body": lambda api: api(
        "POST", "/api/jobs/nightly/run", json={"run_date": str(DAY), "force": True}
    ),
    "force in the query": lambda api: api("POST", f"/api/jobs/nightly/run?run_date={DAY}&force=true"),
}


@pytest.fixture
def started(declare, toy, settings):
    """What has run; the retention is a week, and the slot a month old."""
    settings.JOBS_API = {**settings.JOBS_API, "RETENTION_DAYS": 7}
    runs = []
    toy(lambda command, **options: runs.append(options))
    return runs


@pytest.fixture
def operate(api):
    """The API with every scope."""
    headers = bearer("trigger", "operate")
    return lambda method, path, **extra: api(method, path, headers=headers, **extra)


def is_refused(response):
    body = response.json()
    assert (response.status_code, body["outcome"]) == (409, "expired")
    assert response["Content-Type"] == "application/problem+json"
    assert body["type"].endswith("/docs/problems/expired")
    assert "retention" in body["detail"]


@pytest.mark.parametrize("way", FORCED)
@pytest.mark.parametrize("state", [None, *ENDED])
def test_force_beyond_the_retention_is_409_and_changes_nothing(declare, operate, started, state, way):
    job = declare()
    if state:
        stored_run(job, SLOT, state=state)
    before = list(JobRun.objects.values())
    is_refused(FORCED[way](operate))
    assert (list(JobRun.objects.values()), started) == (before, [])


@pytest.mark.parametrize("state", ENDED)
def test_a_rerun_beyond_the_retention_is_409_and_changes_nothing(declare, operate, started, state):
    run = stored_run(declare(), SLOT, state=state)
    before = list(JobRun.objects.values())
    is_refused(operate("POST", f"/api/runs/{run.pk}/rerun"))
    assert (list(JobRun.objects.values()), started) == (before, [])
    assert not JobAttempt.objects.exists()


def test_the_problem_has_its_page(client):
    page = client.get("/api/docs/problems/expired").content.decode()
    assert "409" in page
    assert "retention" in page


@pytest.mark.parametrize("prefer", ["", "handling=strict"])
def test_who_does_not_insist_hears_200(declare, operate, started, api, prefer):
    declare()
    response = api("POST", f"/api/jobs/nightly/run?run_date={DAY}", headers={"Prefer": prefer})
    assert (response.status_code, response.json()["outcome"]) == (200, "expired")


@pytest.mark.parametrize("way", FORCED)
def test_force_gets_past_expires(declare, operate, started, settings, way):
    settings.JOBS_API = {**settings.JOBS_API, "RETENTION_DAYS": 400}
    declare(expires=60)
    assert FORCED[way](operate).json()["outcome"] == "succeeded"
    assert len(started) == 1


COMMANDS = {
    "jobs_run --force": ["jobs_run", "nightly", "--force", "--run-date", str(DAY)],
    "jobs_run --force --json": ["jobs_run", "nightly", "--force", "--json", "--run-date", str(DAY)],
    "jobs_rerun": ["jobs_rerun", "RUN"],
}


@pytest.mark.parametrize("case", COMMANDS)
@pytest.mark.parametrize("state", ENDED)
def test_a_command_says_in_words_that_nothing_was_started(declare, started, case, state):
    run = stored_run(declare(), SLOT, state=state)
    said = manage(*(str(run.pk) if word == "RUN" else word for word in COMMANDS[case]))
    assert said.code == 1
    assert "expired" in said.out
    assert said.err.startswith("Nothing was started. The slot is older than the retention of runs")
    assert started == []


def test_without_force_a_crontab_hears_nothing(declare, started):
    declare()
    said = manage("jobs_run", "nightly", "--run-date", str(DAY))
    assert (said.code, said.err) == (0, "")
    assert said.lines[1].startswith("expired")


@pytest.mark.parametrize("name", ["jobs_run nightly --force", "jobs_rerun RUN"])
def test_who_insists_on_a_run_that_is_held_is_told_in_words(declare, toy, name):
    job = declare()
    later = timezone.now() + timedelta(hours=1)
    run = stored_run(job, now_slot(job), state="running", lease_expires_at=later)
    said = manage(*name.replace("RUN", str(run.pk)).split())
    assert said.code == 1
    assert said.err.startswith("Nothing was started. Another attempt holds the slot.")
