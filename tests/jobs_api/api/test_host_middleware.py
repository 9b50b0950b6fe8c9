"""Middleware of the host that answers in a view's place leaves these views alone."""

import pytest
from django.test import Client

from jobs_api.models import JobRun
from tests.conftest import BEARER
from tests.jobs_api.api.endpoints import ENDPOINTS, METHODS, PROBLEM, YEARLY, newest_run

pytestmark = pytest.mark.django_db

LOGIN = "django.contrib.auth.middleware.LoginRequiredMiddleware"
PAGES = ["/api/", "/api/docs", "/api/docs/", "/api/openapi.json", "/api/docs/problems/not-found"]
PATHS = [*PAGES, *sorted({endpoint.path for endpoint in ENDPOINTS})]


@pytest.mark.parametrize("path", PATHS)
def test_no_method_meets_a_page_about_csrf(declare, path):
    run = newest_run(declare(**YEARLY))
    strict = Client(enforce_csrf_checks=True)
    for method in (*METHODS, "TRACE", "CONNECT", "PROPFIND", "post", "X" * 50):
        response = strict.generic(method, path.format(name=run.job_name, run=run.pk), "a=b")
        assert response.status_code in (200, 401, 405), method
        if response.status_code >= 400:
            assert response["Content-Type"] == PROBLEM
        if response.status_code == 405:
            assert response["Allow"] in ("GET", "POST")


@pytest.mark.parametrize("path", PATHS)
def test_a_host_whose_pages_need_a_login_has_an_api_that_needs_a_token(client, declare, settings, path):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, LOGIN]
    run = newest_run(declare(**YEARLY))
    response = client.get(path.format(name=run.job_name, run=run.pk))
    assert response.status_code in (200, 401, 405)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("header", ["Authorization", "X-Jobs-Token"])
def test_a_trigger_needs_no_login_and_no_form(declare, settings, header):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, LOGIN]
    declare(**YEARLY)
    strict = Client(enforce_csrf_checks=True)
    secret = BEARER["Authorization"] if header == "Authorization" else settings.CRON_SECRET
    response = strict.post("/api/jobs/nightly/run", "{}", "application/json", headers={header: secret})
    assert (response.status_code, response.json()["outcome"]) == (200, "succeeded")
    assert strict.get("/api/health/live").json() == {"health": "ok"}
    assert strict.get("/admin/").status_code == 302


@pytest.mark.parametrize("path", ["/api/jobs/nightly/run", "/api/run-due", "/api/jobs/nightly/run/"])
def test_head_triggers_nothing(client, declare, path):
    declare(**YEARLY)
    assert client.head(path, headers=BEARER).status_code == 405
    assert not JobRun.objects.exists()


def test_a_problem_that_has_no_page_is_a_problem(client):
    response = client.get("/api/docs/problems/no-such-thing")
    assert (response.status_code, response["Content-Type"]) == (404, PROBLEM)
