"""A cache of the host stores no answer behind a token, and no health."""

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.utils import timezone

from jobs_api.models import JobRun, State
from jobs_api.runs import job_state
from tests.conftest import BEARER
from tests.jobs_api.api.endpoints import ENDPOINTS, YEARLY, bearer, newest_run

pytestmark = pytest.mark.django_db

STORE = "no-store, private"
TWO = ("django.middleware.cache.UpdateCacheMiddleware", "django.middleware.cache.FetchFromCacheMiddleware")
CONDITIONAL = "django.middleware.http.ConditionalGetMiddleware"
GETS = [endpoint for endpoint in ENDPOINTS if endpoint.method == "GET"]
SETUPS = {
    "documented": lambda own: [TWO[0], *own, TWO[1]],
    "in-one": lambda own: ["django.middleware.cache.CacheMiddleware", *own],
    "wrong-way-round": lambda own: [*own, *TWO],
    "conditional": lambda own: [TWO[0], CONDITIONAL, *own, TWO[1]],
    "gzip": lambda own: [TWO[0], "django.middleware.gzip.GZipMiddleware", *own, TWO[1]],
}


@pytest.fixture(params=SETUPS.values(), ids=SETUPS)
def cached_site(request, settings):
    """A host that caches its whole site, in each of the ways that are seen."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.CACHE_MIDDLEWARE_SECONDS = 600
    settings.MIDDLEWARE = request.param(settings.MIDDLEWARE)
    cache.clear()
    yield
    cache.clear()


@pytest.mark.usefixtures("cached_site")
@pytest.mark.parametrize("endpoint", [each for each in GETS if each.scopes], ids=str)
@pytest.mark.parametrize("header", ["Authorization", "X-Jobs-Token"])
def test_what_one_token_has_seen_is_not_served_without_one(api, client, declare, endpoint, header):
    run = newest_run(declare(**YEARLY), output_head=b"secret", output_size=6)
    secret = bearer("read")["Authorization"].removeprefix("Bearer ")
    headers = {"Authorization": f"Bearer {secret}"} if header == "Authorization" else {header: secret}
    path = endpoint.path.format(name=run.job_name, run=run.pk)
    for _ in range(2):
        assert client.get(path, headers=headers).status_code == 200

    assert client.get(path).status_code == 401
    assert client.head(path).status_code == 401
    assert client.get(path, headers={header: "of somebody else"}).status_code == 401


@pytest.mark.usefixtures("cached_site")
def test_health_turns_red_though_it_was_asked_a_moment_ago(api, client, declare, monkeypatch):
    job = declare(**YEARLY)
    job_state.know(job, at=timezone.now())  # as the trigger of its run does
    newest_run(job)
    paths = ("/api/health/live", "/api/health/ready", "/api/health/jobs")
    assert [client.get(path, headers=BEARER).status_code for path in paths] == [200, 200, 200]

    JobRun.objects.update(state=State.FAILED, reason="error")
    monkeypatch.setattr("jobs_api.database.is_migrated", lambda: False)

    assert [client.get(path, headers=BEARER).status_code for path in paths[1:]] == [503, 503]


@pytest.mark.usefixtures("cached_site")
def test_a_reader_sees_each_change(api, declare):
    run = newest_run(declare(**YEARLY))
    for state in (State.SUCCEEDED, State.CANCELLED, State.FAILED):
        JobRun.objects.update(state=state)
        assert api("GET", f"/api/runs/{run.pk}").json()["state"] == state


# -- what every answer says -------------------------------------------------------------------


def says_so(response):
    assert response["Cache-Control"] == STORE
    assert response["Vary"].startswith("Authorization, X-Jobs-Token")  # languages of the host follow
    assert not any(response.has_header(name) for name in ("ETag", "Expires", "Last-Modified"))


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=str)
def test_every_answer_forbids_to_store_it(api, client, declare, endpoint):
    run = newest_run(declare(**YEARLY), endpoint.state)
    path = endpoint.path.format(name=run.job_name, run=run.pk)
    says_so(endpoint.call(api, run, headers=bearer("trigger", "read", "operate")))
    says_so(client.generic("DELETE", path))
    if endpoint.scopes:
        says_so(client.generic(endpoint.method, path))
        says_so(endpoint.call(api, run, headers=bearer("read", patterns=("other-*",))))


REFUSED = {
    404: ("GET", "/api/runs/0", {}),
    413: ("POST", "/api/jobs/nightly/run", {"data": b" " * 70_000}),
    422: ("POST", "/api/jobs/nightly/run?nonsense=1", {}),
    409: ("POST", "/api/runs/{run}/cancel", {}),
}


@pytest.mark.parametrize(("status", "request_"), REFUSED.items(), ids=map(str, REFUSED))
def test_so_does_every_refusal(api, declare, status, request_):
    run = newest_run(declare(**YEARLY))
    method, path, more = request_
    response = api(method, path.format(run=run.pk), headers=bearer("trigger", "read", "operate"), **more)
    assert response.status_code == status
    says_so(response)


def test_so_does_429(client, settings):
    settings.JOBS_API = {**settings.JOBS_API, "BAD_TOKENS_PER_MINUTE": 1}
    assert client.get("/api/jobs").status_code == 401
    response = client.get("/api/jobs")
    assert response.status_code == 429
    says_so(response)


@pytest.mark.parametrize("error", [OperationalError, RuntimeError])
def test_so_do_500_and_503(api, declare, monkeypatch, error):
    def broken(*args, **kwargs):
        raise error

    declare(**YEARLY)
    monkeypatch.setattr("jobs_api.runs.lookup.find", broken)
    response = api("POST", "/api/jobs/nightly/run")
    assert response.status_code in (500, 503)
    says_so(response)


def test_plain_http_is_refused_in_an_answer_that_is_not_stored(api, settings):
    settings.JOBS_API = {"REQUIRE_HTTPS": True}
    response = api("GET", "/api/jobs")
    assert response.status_code == 403
    says_so(response)


OPEN_PAGES = ["/api/", "/api/docs", "/api/openapi.json", "/api/docs/problems/not-found"]


@pytest.mark.parametrize("path", OPEN_PAGES)
def test_pages_that_are_the_same_for_everybody_may_be_stored_for_a_while(client, path):
    response = client.get(path)
    assert response["Cache-Control"] == "public, max-age=300"
    assert response.get("Vary", "Accept-Language") == "Accept-Language"  # which is of the host
    says_so(client.post(path))


def test_a_page_that_there_is_not_is_not_stored(client):
    says_so(client.get("/api/docs/problems/no-such-thing"))
