"""Wherever a host mounts the API, its addresses are right, and its pages answer reading methods only."""

import sys
from types import ModuleType

import pytest
from django.urls import include, path

from tests.jobs_api.api.endpoints import YEARLY

pytestmark = pytest.mark.django_db

MOUNTS = {
    "at the root": ("", "/"),
    "below a prefix": ("v1/cron/", "/v1/cron/"),
    "below one that captures": ("<slug:tenant>/api/", "/acme/api/"),
}
NAMESPACES = {
    "plain": lambda: include("jobs_api.urls"),
    "renamed": lambda: include(("jobs_api.urls", "jobs_api"), namespace="cron"),
    "nested": lambda: include(([path("", include("jobs_api.urls"))], "outer"), namespace="outer"),
}


@pytest.fixture(params=MOUNTS)
def mounted(request, settings, monkeypatch):
    """Where the API answers."""
    return _mount(settings, monkeypatch, *MOUNTS[request.param], include("jobs_api.urls"))


def _mount(settings, monkeypatch, prefix, root, urls):
    module = ModuleType("mounted_urls")
    module.urlpatterns = [path(prefix, urls)]
    monkeypatch.setitem(sys.modules, "mounted_urls", module)
    settings.ROOT_URLCONF = "mounted_urls"
    return root


def _all_answers(api, root):
    first = api("POST", f"{root}jobs/nightly/run")
    assert first.json()["outcome"] == "succeeded"
    url = first.json()["run"]["url"]
    assert url.startswith(f"{root}runs/")
    assert api("GET", url).json()["output_url"] == f"{url}/output"
    problem = api("GET", f"{root}jobs/nowhere").json()["type"]
    assert problem == f"{root}docs/problems/not-found"
    for page in (problem, f"{root}docs", f"{root}docs/", root):
        assert api("GET", page).status_code == 200, page
    assert f"{root}jobs/{{name}}/run" in api("GET", f"{root}openapi.json").json()["paths"]


def test_addresses_are_right_wherever_it_is_mounted(api, declare, mounted):
    declare(**YEARLY)
    _all_answers(api, mounted)


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_addresses_are_right_under_any_namespace(api, declare, settings, monkeypatch, namespace):
    declare(**YEARLY)
    _all_answers(api, _mount(settings, monkeypatch, "api/", "/api/", NAMESPACES[namespace]()))


@pytest.mark.parametrize("page", ["docs", "openapi.json", "docs/problems/not-found"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE"])
def test_a_page_answers_reading_methods_only(api, page, method):
    response = api(method, f"/api/{page}")
    assert (response.status_code, response["Allow"]) == (405, "GET")


@pytest.mark.parametrize("path", ["/api/health/live", "/api/health/ready", "/api/docs"])
def test_a_monitor_may_send_head(api, path):
    assert api("HEAD", path).status_code == 200
