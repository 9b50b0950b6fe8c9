"""What callers wrote, in the answers and pages of the API."""

import json

import pytest
from django.utils import timezone

from jobs_api.models import JobAttempt, JobRun
from tests.jobs_api.api.endpoints import ENDPOINTS, YEARLY, newest_run
from tests.jobs_api.nasty import SOUP, soiled, unseen

pytestmark = pytest.mark.django_db


@pytest.fixture
def soiled_run(declare, toy):
    toy(lambda command, **options: print(SOUP))
    fields = {**soiled(JobRun, "job_name", "held_job", "trigger"), **soiled(JobAttempt, "trigger")}
    run = newest_run(declare(**YEARLY), **{**fields, "attempt": 2, "options": {SOUP: SOUP}})
    fields = {name: value for name, value in fields.items() if name in soiled(JobAttempt)}
    JobAttempt.objects.create(run=run, attempt=1, state="failed", finished_at=timezone.now(), **fields)
    return run


@pytest.mark.parametrize(
    "endpoint", [at for at in ENDPOINTS if not at.path.endswith(("/output", "/metrics"))], ids=str
)
def test_json_holds_no_byte_that_acts(api, soiled_run, endpoint):
    response = endpoint.call(api, soiled_run)
    assert unseen(response.content.decode("ascii")) == []
    json.loads(response.content)


def test_what_was_written_can_be_read_as_it_was_written(api, soiled_run):
    body = api("GET", f"/api/runs/{soiled_run.pk}").json()
    assert (body["source"], body["options"]) == (SOUP[:100], {SOUP: SOUP})
    assert body["attempts"][0]["comment"] == SOUP


REFUSED = {
    "a key": {"json": {SOUP: 1}},
    "a slot": {"json": {"run_date": SOUP}},
    "a flag": {"json": {"force": SOUP}},
    "an option": {"json": {"options": {SOUP: 1}}},
    "broken JSON": {"data": f'{{"{SOUP}": '},
    "a key given twice": {"data": json.dumps({SOUP: 1})[:-1] + ", " + json.dumps({SOUP: 1})[1:]},
}


@pytest.mark.parametrize("case", REFUSED)
def test_the_sentence_of_a_refusal_is_safe_to_print(api, declare, case):
    """`curl ... | jq -r .detail` takes the JSON's own escapes off."""
    declare(**YEARLY)
    response = api("POST", "/api/jobs/nightly/run", **REFUSED[case])
    assert response.status_code == 422
    assert unseen(response.json()["detail"]) == []


def test_an_unknown_path_or_parameter_is_safe_to_print(api, client):
    assert unseen(api("GET", f"/api/jobs/{SOUP}").json()["detail"]) == []
    assert unseen(api("GET", "/api/jobs", QUERY_STRING="%1b%5b31m=%e2%80%ae").json()["detail"]) == []
    page = client.get(f"/api/docs/problems/{SOUP}")
    assert page.status_code == 404
    assert unseen(page.content.decode()) == []


def test_the_output_is_for_programs_and_no_browser_reads_more_into_it(api, declare, toy):
    toy(lambda command, **options: print(f"<script>{SOUP}"))
    declare(**YEARLY)
    run = api("POST", "/api/jobs/nightly/run").json()["run"]
    response = api("GET", f"{run['url']}/output")
    assert response.content.decode() == f"<script>{SOUP}\n"
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["X-Content-Type-Options"] == "nosniff"
