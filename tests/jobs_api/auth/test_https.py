"""In production a token is taken over https only: plain http is refused, never redirected."""

import pytest

from jobs_api.models import JobRun
from tests.conftest import BEARER
from tests.jobs_api.api.endpoints import ENDPOINTS, GUARDED, PROBLEM, YEARLY, bearer, newest_run

pytestmark = pytest.mark.django_db

RUN = "/api/jobs/nightly/run"

POLICIES = {
    "production": (None, False, True),
    "debug": (None, True, False),
    "required": (True, True, True),
    "private network": (False, False, False),
}
"""REQUIRE_HTTPS, DEBUG, whether plain http is refused."""


@pytest.fixture
def production(settings):
    settings.JOBS_API = {}
    settings.DEBUG = False


@pytest.mark.parametrize(("required", "debug", "refused"), POLICIES.values(), ids=POLICIES.keys())
def test_plain_http_is_refused_where_https_is_required(api, declare, settings, required, debug, refused):
    settings.JOBS_API = {} if required is None else {"REQUIRE_HTTPS": required}
    settings.DEBUG = debug
    declare(**YEARLY)
    assert api("POST", RUN).status_code == (403 if refused else 200)
    assert api("POST", RUN, secure=True).status_code == 200


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("slash", ["", "/"], ids=["plain", "slash"])
@pytest.mark.parametrize("endpoint", GUARDED, ids=str)
def test_every_guarded_endpoint_refuses_plain_http_without_a_redirect(api, declare, endpoint, slash):
    run = newest_run(declare(**YEARLY), endpoint.state)
    path = endpoint.path.format(name=run.job_name, run=run.pk) + slash
    response = api(endpoint.method, path, json=endpoint.body, headers=bearer("trigger", "read", "operate"))
    assert (response.status_code, response["Content-Type"]) == (403, PROBLEM)
    assert response.json()["type"] == "/api/docs/problems/plain-http"
    assert "REQUIRE_HTTPS" in response.json()["detail"]
    assert JobRun.objects.get().state == endpoint.state


@pytest.mark.usefixtures("production")
def test_what_is_open_answers_the_health_checks_of_a_platform(client):
    for endpoint in ENDPOINTS:
        if not endpoint.scopes:
            assert client.get(endpoint.path).status_code == 200
    for path in ("/api/docs", "/api/openapi.json", "/api/docs/problems/plain-http"):
        assert client.get(path).status_code == 200


@pytest.mark.usefixtures("production")
def test_the_header_of_a_proxy_counts_where_the_host_trusts_it(client, declare, settings):
    declare(**YEARLY)
    forwarded = {**BEARER, "X-Forwarded-Proto": "https"}
    assert client.post(RUN, headers=forwarded).status_code == 403
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert client.post(RUN, headers=forwarded).status_code == 200


@pytest.mark.usefixtures("production")
def test_a_bad_token_over_plain_http_learns_nothing_more(client, declare):
    declare(**YEARLY)
    answers = {
        client.post(RUN, headers=headers).content
        for headers in (BEARER, {}, {"Authorization": "Bearer wrong"})
    }
    assert len(answers) == 1
