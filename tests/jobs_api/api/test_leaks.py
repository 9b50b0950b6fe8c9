"""Only /output tells what a command said: elsewhere no path, traceback or secret; and answers stay small."""

import json

import pytest
from django.conf import settings
from django.db import InterfaceError, OperationalError
from pydantic import BaseModel, field_validator

from jobs_api import registry
from jobs_api.models import JobRun
from tests.conftest import stored_run
from tests.jobs_api.api.endpoints import ENDPOINTS, PROBLEM, YEARLY, bearer, newest_run

pytestmark = pytest.mark.django_db

SAID = f"open('/srv/app/keys.py') said {settings.CRON_SECRET} at postgres://u:hunter2@db/x"
TELLING = (settings.CRON_SECRET, "/srv/", "hunter2", "Traceback", "RuntimeError", ".py", 'File "')
LIMIT = 8192


def breaks(command, **options):
    raise RuntimeError(SAID)


def tells_nothing(response):
    text = response.content.decode()
    assert [word for word in TELLING if word in text] == []
    assert "Traceback" not in str(response.headers)


def test_a_failing_command_is_heard_in_its_output_only(api, declare, toy):
    toy(breaks)
    declare(**YEARLY)
    response = api("POST", "/api/jobs/nightly/run")
    assert response.status_code == 500
    run = JobRun.objects.get()
    tells_nothing(response)
    shown = [endpoint for endpoint in ENDPOINTS if not endpoint.path.endswith(("/output", "/rerun"))]
    for endpoint in shown:
        tells_nothing(endpoint.call(api, run, headers=bearer("trigger", "read", "operate")))
    output = api("GET", f"/api/runs/{run.pk}/output").content.decode()
    assert SAID in output
    assert "Traceback" in output


def test_run_due_tells_as_little_of_a_failure(api, declare, toy):
    toy(breaks)
    run = newest_run(declare(**YEARLY), "queued", next_attempt_at="2020-01-01T00:00:00Z", trigger="backfill")
    response = api("POST", "/api/run-due")
    assert response.status_code == 500
    assert response.json()["runs"][0]["url"] == f"/api/runs/{run.pk}"
    tells_nothing(response)


@pytest.mark.parametrize("debug", [True, False])
def test_an_error_of_the_server_is_in_its_log_and_not_in_the_answer(
    api, declare, monkeypatch, settings, caplog, debug
):
    settings.DEBUG = debug
    declare(**YEARLY)

    def broken(name):
        raise RuntimeError(SAID)

    monkeypatch.setattr(registry, "get", broken)
    response = api("POST", "/api/jobs/nightly/run")
    assert response.status_code == 500
    assert response["Content-Type"] == PROBLEM
    assert response.json()["type"] == "/api/docs/problems/internal-error"
    tells_nothing(response)
    assert SAID in caplog.text


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_cannot_take_it_is_503_with_retry_after(api, declare, monkeypatch, error):
    declare(**YEARLY)

    def down(*args, **kwargs):
        raise error(SAID)

    monkeypatch.setattr("jobs_api.runs.lookup.find", down)
    response = api("POST", "/api/jobs/nightly/run")
    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0
    assert response["Content-Type"] == PROBLEM
    assert response.json()["type"] == "/api/docs/problems/database-unavailable"
    tells_nothing(response)


# -- answers stay small -----------------------------------------------------------------------

ENCODED = "%F0%9F%90%98"  # an elephant: four bytes in a URL, twelve in JSON's ASCII


class Fussy(BaseModel):
    say: str = ""

    @field_validator("say")
    @classmethod
    def never(cls, value: str) -> str:
        raise ValueError(f"{value} is not what I meant")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"/api/jobs/{ENCODED * 1500}/run", None),
        (f"/api/jobs/nightly/run?run_date={ENCODED * 2000}", None),
        (f"/api/jobs/nightly/run?{ENCODED * 2000}=1", None),
        (f"/api/jobs/nightly/run?force={ENCODED * 2000}", None),
        (f"/api/jobs/nightly/run?wait={ENCODED * 2000}", None),
        ("/api/jobs/nightly/run", {chr(0x1F418) * 500 + str(number): 1 for number in range(10)}),
        ("/api/jobs/nightly/run", {"options": {chr(0x1F418) * 500 + str(number): 1 for number in range(10)}}),
        ("/api/jobs/nightly/run", {"options": {"say": chr(0x1F418) * 5000}}),
        ("/api/jobs/nightly/run", {"run_date": chr(0x1F418) * 5000}),
        ("/api/jobs/nightly/run", {"reason": "\\" * 1001}),
    ],
)
def test_a_problem_stays_under_8_kb_whatever_was_sent(api, declare, path, body):
    declare(params=Fussy, **YEARLY)
    response = api("POST", path, json=body)
    assert response.status_code in (404, 422)
    assert len(response.content) < LIMIT
    assert response.json()["detail"]


def test_a_trigger_stays_under_8_kb_with_the_longest_reason_and_options(api, declare, toy):
    class Say(BaseModel):
        say: str = ""

    toy(breaks)
    declare("j" * 100, params=Say, **YEARLY)
    body = {"reason": "\\" * 1000, "options": {"say": chr(0x1F418) * 5000}}
    response = api("POST", f"/api/jobs/{'j' * 100}/run?source={ENCODED * 100}", json=body)
    assert response.json()["outcome"] == "failed"
    assert len(response.content) < LIMIT


def test_run_due_stays_under_8_kb_with_many_failures(api, declare, toy):
    toy(breaks)
    for number in range(30):
        job = declare(f"{number:03}{'j' * 97}", **YEARLY)
        newest_run(job, "queued", next_attempt_at="2020-01-01T00:00:00Z", trigger="backfill")
    response = api("POST", "/api/run-due")
    assert (response.status_code, response.json()["counts"]) == (500, {"failed": 30})
    assert len(response.json()["runs"]) == 20
    assert len(response.content) < LIMIT


def test_a_run_with_everything_long_is_still_json(api, declare):
    options = {"say": "\\" * 5000}
    run = stored_run(declare(), source="s" * 100, actor="a" * 100, comment="c" * 1000, options=options)
    assert json.loads(api("GET", f"/api/runs/{run.pk}").content)["options"] == options
