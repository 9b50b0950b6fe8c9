"""Each endpoint of the contract is where it says, in both spellings, and says so when it is not."""

import pytest
from django.test import Client

from jobs_api.models import State
from tests.conftest import BEARER
from tests.jobs_api.api.endpoints import ENDPOINTS, METHODS, PROBLEM, YEARLY, bearer, newest_run

pytestmark = pytest.mark.django_db

each_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)


@pytest.fixture
def operator():
    return bearer("trigger", "read", "operate")


@pytest.mark.parametrize("slash", ["", "/"], ids=["plain", "slash"])
@each_endpoint
def test_pain_19_both_spellings_answer_without_a_redirect(api, declare, operator, endpoint, slash):
    run = newest_run(declare(**YEARLY), endpoint.state)
    path = endpoint.path.format(name=run.job_name, run=run.pk) + slash
    response = api(endpoint.method, path, json=endpoint.body, headers=operator)
    assert response.status_code == endpoint.status, response.content
    assert "charset" not in response["Content-Type"] or response["Content-Type"].startswith("text/plain")


@each_endpoint
def test_another_method_is_405_and_allow_names_the_right_one(api, declare, operator, endpoint):
    run = newest_run(declare(**YEARLY), endpoint.state)
    path = endpoint.path.format(name=run.job_name, run=run.pk)
    # HEAD is answered as GET, without its body: monitors send it.
    for method in set(METHODS) - {endpoint.method} - ({"HEAD"} if endpoint.method == "GET" else set()):
        response = api(method, path, headers=operator)
        assert response.status_code == 405, method
        assert response["Allow"] == endpoint.method
        assert response["Content-Type"] == PROBLEM
        if method != "HEAD":
            assert response.json()["status"] == 405
    run.refresh_from_db()
    assert run.state == endpoint.state


@pytest.mark.parametrize(
    "endpoint", [endpoint for endpoint in ENDPOINTS if "{name}" in endpoint.path], ids=str
)
@pytest.mark.parametrize("name", ["nightlier", "nightly%20", "n%C3%A9ant", "a" * 400, "%00"])
def test_an_unknown_job_is_404(api, declare, operator, endpoint, name):
    declare(**YEARLY)
    response = api(
        endpoint.method, endpoint.path.format(name=name, run=0), json=endpoint.body, headers=operator
    )
    _is_not_found(response)


@pytest.mark.parametrize(
    "endpoint", [endpoint for endpoint in ENDPOINTS if "{run}" in endpoint.path], ids=str
)
@pytest.mark.parametrize("run_id", ["0", "-1", "none", "1.0", "9" * 18, "9" * 40, "%D9%A1", "%00"])
def test_an_unknown_run_is_404(api, declare, operator, endpoint, run_id):
    declare(**YEARLY)
    _is_not_found(api(endpoint.method, endpoint.path.format(name="", run=run_id), headers=operator))


def _is_not_found(response):
    assert response.status_code == 404
    assert response["Content-Type"] == PROBLEM
    assert set(response.json()) == {"type", "title", "status", "detail"}
    assert response.json()["type"] == "/api/docs/problems/not-found"


def test_a_post_needs_neither_cookie_nor_csrf_token(declare):
    declare(**YEARLY)
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/api/jobs/nightly/run", {"a": "form"}, headers=BEARER)
    assert response.json()["outcome"] == "succeeded"
    assert not response.cookies


def test_the_urls_of_an_answer_can_be_followed(api, declare):
    newest_run(declare(**YEARLY), State.SUCCEEDED)
    run = api("POST", "/api/jobs/nightly/run").json()["run"]
    shown = api("GET", run["url"]).json()
    assert shown["id"] == run["id"]
    assert api("GET", shown["output_url"]).status_code == 200
    assert api("GET", api("GET", "/api/jobs/nightly").json()["runs_url"]).json()["runs"] == [
        {key: value for key, value in shown.items() if key not in ("options", "attempts")}
    ]
