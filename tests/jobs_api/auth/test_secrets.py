"""CRON_SECRET, and where a secret may stand in a request."""

import pytest

from jobs_api.models import JobRun, Token
from tests.conftest import BEARER
from tests.jobs_api.api.endpoints import ENDPOINTS, GUARDED, YEARLY, bearer, newest_run

pytestmark = pytest.mark.django_db

RUN = "/api/jobs/nightly/run"
OLD, NEW = "old-" + "o" * 40, "new-" + "n" * 40


@pytest.fixture(autouse=True)
def _nightly(declare, monkeypatch):
    monkeypatch.delenv("CRON_SECRET", raising=False)
    declare(**YEARLY)


def status(client, secret=None, **headers):
    if secret is not None:
        headers["Authorization"] = f"Bearer {secret}"
    return client.post(RUN, headers=headers, content_type="").status_code


# -- CRON_SECRET ------------------------------------------------------------------------------


def test_a_secret_can_be_rotated_without_a_gap(client, settings):
    for configured, old, new in ((OLD, 200, 401), (f"{NEW}, {OLD}", 200, 200), (NEW, 401, 200)):
        settings.CRON_SECRET = configured
        assert (status(client, OLD), status(client, NEW)) == (old, new)


def test_the_environment_is_read_where_the_settings_have_none(client, settings, monkeypatch):
    monkeypatch.setenv("CRON_SECRET", f"{NEW},{OLD}")
    settings.CRON_SECRET = ""
    assert (status(client, OLD), status(client, NEW)) == (200, 200)


@pytest.mark.parametrize(("length", "expected"), [(1, 401), (31, 401), (32, 200)])
def test_a_secret_under_32_characters_never_matches(client, settings, length, expected):
    settings.CRON_SECRET = "s" * length
    assert status(client, "s" * length) == expected


def test_a_short_secret_does_not_spoil_the_others(client, settings):
    settings.CRON_SECRET = f"short,{OLD}"
    assert (status(client, "short"), status(client, OLD)) == (401, 200)


@pytest.mark.parametrize("configured", ["", " ", ",", " , ,", None, (), []])
@pytest.mark.parametrize("secret", ["", ",", "None", "x" * 40])
def test_pain_24_without_a_secret_every_request_is_refused(client, settings, configured, secret):
    settings.CRON_SECRET = configured
    assert status(client, secret) == 401
    assert status(client, **{"X-Jobs-Token": secret}) == 401
    assert not JobRun.objects.exists()


@pytest.mark.parametrize("endpoint", GUARDED, ids=str)
def test_pain_24_no_endpoint_is_open_when_no_secret_is_set(api, declare, settings, endpoint):
    settings.CRON_SECRET = ""
    run = newest_run(declare(**YEARLY), endpoint.state)
    for headers in (BEARER, {"Authorization": ""}, {"Authorization": "Bearer "}):
        assert endpoint.call(api, run, headers=headers).status_code == 401


@pytest.mark.parametrize(
    "secret", [OLD[:-1], OLD + "o", OLD.upper(), f"{OLD},{NEW}", f"{OLD} {NEW}", "ü" * 40, "\x00" * 40]
)
def test_what_is_almost_the_secret_is_not_the_secret(client, settings, secret):
    settings.CRON_SECRET = f"{OLD},{NEW}"
    assert status(client, secret) == 401


# -- where it stands --------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case(client, settings, scheme):
    settings.CRON_SECRET = OLD
    assert status(client, Authorization=f"{scheme} {OLD}") == 200
    assert status(client, Authorization=f"{scheme}   {OLD} ") == 200


@pytest.mark.parametrize(
    "header", [OLD, f"Token {OLD}", f"Basic {OLD}", f"Bearer{OLD}", f"Bearer Bearer {OLD}"]
)
def test_another_scheme_is_no_bearer(client, settings, header):
    settings.CRON_SECRET = OLD
    assert status(client, Authorization=header) == 401


def test_a_secret_in_the_url_or_the_body_is_not_looked_at(client, settings):
    settings.CRON_SECRET = OLD
    for key in ("token", "secret", "access_token", "key"):
        assert client.post(f"{RUN}?{key}={OLD}", content_type="").status_code == 401
        assert client.post(RUN, {key: OLD}).status_code == 401
        assert client.post(RUN, {key: OLD}, content_type="application/json").status_code == 401


def test_x_jobs_token_stands_in_for_authorization(client, settings):
    settings.CRON_SECRET = OLD
    assert status(client, **{"X-Jobs-Token": OLD}) == 200
    row = bearer("trigger")["Authorization"].removeprefix("Bearer ")
    assert status(client, **{"X-Jobs-Token": row}) == 200


@pytest.mark.parametrize("own", ["", " ", "x" * 40, f"Bearer {OLD}"])
def test_x_jobs_token_alone_decides_where_present(client, settings, own):
    settings.CRON_SECRET = OLD
    assert status(client, OLD, **{"X-Jobs-Token": own}) == 401
    assert status(client, "somebody else's", **{"X-Jobs-Token": OLD}) == 200


# -- what is said to a wrong one --------------------------------------------------------------


def wrong_requests():
    revoked, expired = bearer("trigger", name="revoked"), bearer("trigger", name="expired")
    Token.objects.filter(name="revoked").update(revoked_at="2020-01-01T00:00:00Z")
    Token.objects.filter(name="expired").update(expires_at="2020-01-01T00:00:00Z")
    yield from (revoked, expired)
    yield from ({}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "Basic eDp4"})
    yield from ({"Authorization": f"Bearer {'x' * 40}"}, {"Authorization": f"Bearer jobs_{'x' * 43}"})
    yield {"X-Jobs-Token": "x"}


def test_the_answer_to_a_wrong_token_does_not_tell_what_was_wrong(client):
    told = set()
    for headers in wrong_requests():
        for name in ("nightly", "no-such-job"):
            response = client.post(f"/api/jobs/{name}/run", headers=headers, content_type="")
            assert response.status_code == 401
            told.add((response["WWW-Authenticate"], response["Content-Type"], response.content))
    assert len(told) == 1
    challenge, kind, _ = told.pop()
    assert challenge.startswith("Bearer")
    assert kind == "application/problem+json"


def test_the_open_endpoints_do_not_look_at_tokens(client):
    for endpoint in ENDPOINTS:
        if not endpoint.scopes:
            response = client.get(endpoint.path, headers={"Authorization": "Bearer wrong"})
            assert response.status_code == 200


def test_a_secret_that_is_no_text_matches_nothing_and_breaks_nothing(api, declare, settings):
    declare()
    valid = "v" * 40
    settings.CRON_SECRET = f"{valid},{'x' * 40}\udcff"
    response = api("POST", "/api/jobs/nightly/run", headers={"Authorization": f"Bearer {valid}"})
    assert response.status_code == 200
