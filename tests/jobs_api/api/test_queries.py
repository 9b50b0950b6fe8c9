"""A schedule calls the same address each time; what is remembered of it never changes an answer."""

import pytest
from django.http import QueryDict

from jobs_api.api import request_body
from jobs_api.models import JobRun

pytestmark = pytest.mark.django_db

RUN = "/api/jobs/nightly/run"


@pytest.fixture(autouse=True)
def _nightly(declare, toy):
    toy(lambda command, **options: None)
    declare()
    request_body._queries.clear()


def renaming(get_response):
    """A middleware of the host that changes the query of some requests."""

    def rename(request):
        if "X-Rename" in request.headers:
            request.GET = QueryDict("sorce=sent")
        return get_response(request)

    return rename


def test_the_same_address_means_the_same_each_time(api):
    sources = ["first", "second", "first", "second"]
    outcomes = [api("POST", f"{RUN}?source={source}&force=false").json()["outcome"] for source in sources]
    assert outcomes == ["succeeded", *["already_succeeded"] * 3]
    assert len(request_body._queries) == 2


def test_what_another_endpoint_accepts_is_still_refused_here(api):
    assert api("POST", "/api/run-due?source=cron").status_code == 200
    assert api("POST", f"{RUN}?source=cron").status_code == 200
    assert api("GET", "/api/jobs?source=cron").status_code == 422
    assert api("POST", "/api/run-due?wait=1").status_code == 422


@pytest.mark.parametrize("query", ["sorce=a", "source=a&source=b", "source=%00", "wait=soon"])
def test_a_wrong_query_is_refused_each_time(api, query):
    assert [api("POST", f"{RUN}?{query}").status_code for _ in range(2)] == [422, 422]
    assert not JobRun.objects.exists()


def test_a_query_that_a_middleware_replaces_is_read_as_it_left_it(api, settings):
    settings.MIDDLEWARE = [f"{__name__}.renaming", *settings.MIDDLEWARE]
    renamed = {"X-Rename": "yes"}
    for headers, status in [({}, 200), (renamed, 422), ({}, 200)]:
        assert api("POST", f"{RUN}?source=sent", headers=headers).status_code == status


def test_made_up_queries_take_no_endless_memory(api, monkeypatch):
    monkeypatch.setattr(request_body, "_KEPT", 3)
    for number in range(10):
        api("POST", f"{RUN}?source=s{number}")
        assert len(request_body._queries) <= 3
    request_body._queries.clear()
    api("POST", f"{RUN}?source={'x' * 600}")
    assert not request_body._queries
