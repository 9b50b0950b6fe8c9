"""ALLOW_GET: a GET triggers, for platforms that can send nothing else. Off, it is what it was: a 405."""

import pytest
from asgiref.sync import async_to_sync
from django.core.checks import run_checks
from django.test import AsyncClient, Client, override_settings

from jobs_api.api.manners import NEVER
from jobs_api.models import JobRun
from jobs_api.monitoring import trigger_counts
from tests.conftest import BEARER
from tests.jobs_api.api.endpoints import PROBLEM, YEARLY, bearer

pytestmark = pytest.mark.django_db
RUN = "/api/jobs/nightly/run"
PATHS = (RUN, f"{RUN}/", "/api/run-due", "/api/run-due/")


@pytest.fixture
def on(settings):
    settings.JOBS_API = {**settings.JOBS_API, "ALLOW_GET": True}


@pytest.fixture
def job(declare, toy):
    toy(lambda command, **options: print("worked"))
    return declare(**YEARLY)


def get(path, **headers):
    return Client().get(path, headers={**BEARER, **headers})


@pytest.mark.usefixtures("job")
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("value", [None, False])
def test_it_is_off_by_default(settings, path, value):
    if value is not None:
        settings.JOBS_API = {**settings.JOBS_API, "ALLOW_GET": value}
    response = get(path)
    assert (response.status_code, response["Allow"], response["Content-Type"]) == (405, "POST", PROBLEM)
    assert not JobRun.objects.exists()


@pytest.mark.usefixtures("job", "on")
@pytest.mark.parametrize("path", PATHS[:2])
def test_where_it_is_on_a_get_triggers_as_a_post_does(path):
    first, second = get(path), get(path)
    assert [first.json()["outcome"], second.json()["outcome"]] == ["succeeded", "already_succeeded"]
    assert (first.status_code, second.status_code) == (200, 200)
    assert first["Cache-Control"] == second["Cache-Control"] == NEVER
    run = JobRun.objects.get()
    assert (run.trigger, run.actor, run.attempt) == ("http", "CRON_SECRET", 1)


@pytest.mark.usefixtures("on")
def test_run_due_by_get_starts_what_is_due_and_is_noted(declare, toy):
    toy(lambda command, **options: None)
    declare(schedule="* * * * *", catch_up_window=86400)
    assert get("/api/run-due?source=poller").json() == {"counts": {}, "runs": [], "remaining": 0}
    trigger_counts.flush()


@pytest.mark.usefixtures("job", "on")
@pytest.mark.parametrize("path", PATHS)
def test_head_never_triggers(path):
    response = Client().head(path, headers=BEARER)
    assert (response.status_code, response["Allow"]) == (405, "GET, POST")
    assert not JobRun.objects.exists()


@pytest.mark.usefixtures("job", "on")
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_the_other_methods_are_told_both(path, method):
    response = Client().generic(method, path, headers=BEARER)
    assert (response.status_code, response["Allow"]) == (405, "GET, POST")


@pytest.mark.usefixtures("job", "on")
@pytest.mark.parametrize("value", ["true", "1", "false", ""])
def test_a_get_has_no_force_not_even_with_the_scope_for_it(value):
    response = Client().get(f"{RUN}?force={value}", headers=bearer("trigger", "operate"))
    assert response.status_code == 422
    assert "`force` needs a POST" in response.json()["detail"]
    assert not JobRun.objects.exists()


@pytest.mark.usefixtures("job", "on")
@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"Authorization": "Bearer wrong"}, 401), ({"X-Jobs-Token": "wrong"}, 401)],
)
@pytest.mark.parametrize("path", [*PATHS, f"{RUN}?token=x", f"{RUN}?CRON_SECRET=x"])
def test_who_follows_a_link_has_no_token(path, headers, status):
    """A preview, a prefetch, a crawler: the secret is never in the URL."""
    assert Client().get(path, headers=headers).status_code == status
    assert not JobRun.objects.exists()


@pytest.mark.usefixtures("job", "on")
def test_a_token_needs_the_scope_and_the_job():
    assert Client().get(RUN, headers=bearer("read")).status_code == 403
    assert Client().get(RUN, headers=bearer("trigger", patterns=["other"])).status_code == 404
    assert not JobRun.objects.exists()


BODIES = {
    "empty": (b"", 200),
    "form": (b"a=1", 200, "application/x-www-form-urlencoded"),
    "event": (b'{"id": "1", "time": "never", "detail-type": "x", "source": "y"}', 200),
    "values": (b'{"run_date": "2026-11-20"}', 422),
    "force": (b'{"force": true}', 422),
    "options": (b'{"options": {}}', 422),
    "broken": (b"{", 422),
    "large": (b" " * (64 * 1024 + 1), 413),
}


@pytest.mark.usefixtures("job", "on")
@pytest.mark.parametrize("case", BODIES)
def test_the_body_of_a_get_says_nothing(case):
    body, status, kind = (*BODIES[case], "application/json")[:3]
    response = Client().generic("GET", RUN, body, content_type=kind, headers=BEARER)
    assert response.status_code == status
    assert JobRun.objects.exists() == (status == 200)


@pytest.mark.usefixtures("job", "on")
def test_the_query_says_what_a_post_says_there():
    slot = get(RUN).json()["run_date"]
    assert get(f"{RUN}?run_date={slot[:10]}").json()["outcome"] == "already_succeeded"
    assert get(f"{RUN}?max_late=1").json()["outcome"] == "already_succeeded"
    assert get(f"{RUN}?sorce=x").status_code == 422


@pytest.mark.usefixtures("job", "on")
@pytest.mark.parametrize(
    "path", ["/api/runs/1/rerun", "/api/jobs/nightly/backfill", "/api/jobs/nightly/pause"]
)
def test_no_other_endpoint_answers_a_get_of_a_post(path):
    response = get(path)
    assert (response.status_code, response["Allow"]) == (405, "POST")


@pytest.mark.usefixtures("job", "on")
def test_the_hosts_middleware_still_sees_a_get(settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.Notes"]
    get(RUN)
    assert Notes.seen == ["GET"]


class Notes:
    seen: list[str] = []

    def __init__(self, get_response):
        self.get_response = get_response
        self.seen.clear()

    def __call__(self, request):
        response = self.get_response(request)
        self.seen.append(request.method)
        return response


# -- who is told ------------------------------------------------------------------------------


def document():
    return Client().get("/api/openapi.json").json()


def test_the_document_names_the_get_only_where_it_is_allowed():
    assert [list(document()["paths"][path]) for path in ("/api/jobs/{name}/run", "/api/run-due")] == [
        ["post"]
    ] * 2
    with override_settings(JOBS_API={"ALLOW_GET": True}):
        told = document()
    run = told["paths"]["/api/jobs/{name}/run"]["get"]
    assert "requestBody" not in run
    assert {each["name"] for each in run["parameters"]} >= {"name", "run_date", "scheduled_at", "max_late"}
    assert "force" not in {each["name"] for each in run["parameters"]}
    assert run["x-scopes"] == ["trigger"]
    ids = [each["operationId"] for methods in told["paths"].values() for each in methods.values()]
    assert len(set(ids)) == len(ids)
    assert told["components"]["headers"]["Allow"]["schema"]["enum"] == ["GET", "POST", "GET, POST"]
    assert document()["components"]["headers"]["Allow"]["schema"]["enum"] == ["GET", "POST"]


def warned():
    return [found for found in run_checks(include_deployment_checks=True) if found.id == "jobs_api.W006"]


def test_a_check_on_deploys_says_what_it_means():
    assert warned() == []
    with override_settings(JOBS_API={"ALLOW_GET": True}):
        (message,) = warned()
    assert "GET with a token" in message.msg
    assert "scope trigger" in message.hint


@pytest.mark.parametrize("value", ["yes", 1, None, 0])
def test_a_value_that_is_no_truth_value_is_an_error(value):
    with override_settings(JOBS_API={"ALLOW_GET": value}):
        (message,) = [found for found in run_checks(tags=["jobs_api"]) if found.id == "jobs_api.E033"]
    assert "must be True or False" in message.msg


# -- who stands before it ---------------------------------------------------------------------

SITE_WIDE = (
    "django.middleware.cache.UpdateCacheMiddleware",
    "django.middleware.cache.FetchFromCacheMiddleware",
)


@pytest.mark.usefixtures("job", "on")
def test_a_cache_for_the_whole_site_answers_no_get_in_our_place(settings):
    settings.MIDDLEWARE = [SITE_WIDE[0], *settings.MIDDLEWARE, SITE_WIDE[1]]
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    assert [get(RUN).json()["outcome"] for _ in range(2)] == ["succeeded", "already_succeeded"]


@pytest.mark.usefixtures("job", "on")
def test_a_condition_saves_no_trigger(settings):
    """A GET may bear If-None-Match; the answer is made all the same, as it is never stored."""
    settings.MIDDLEWARE = ["django.middleware.http.ConditionalGetMiddleware", *settings.MIDDLEWARE]
    outcomes = [get(RUN, **{"If-None-Match": "*"}).json()["outcome"] for _ in range(2)]
    assert outcomes == ["succeeded", "already_succeeded"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("job", "on")
def test_an_asgi_server_takes_it_too():
    response = async_to_sync(AsyncClient().get)(RUN, headers=BEARER)
    assert (response.status_code, response.json()["outcome"]) == (200, "succeeded")
    assert async_to_sync(AsyncClient().head)(RUN, headers=BEARER).status_code == 405
