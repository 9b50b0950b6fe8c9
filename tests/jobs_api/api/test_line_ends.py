"""Answers end with a newline: a shell's prompt, and the next answer in a log, begin in a line of their own.

The fixture `api` also holds every answer of every test to it.
"""

import json

import pytest
from django.urls import resolve

from tests.jobs_api.api.endpoints import bearer, newest_run

pytestmark = pytest.mark.django_db

PATHS = {
    "/api/openapi.json": 200,
    "/api/health/live": 200,
    "/api/health/ready": 200,
    "/api/health/jobs": 200,
    "/api/jobs": 200,
    "/api/jobs/nightly": 200,
    "/api/jobs/unknown": 404,
    "/api/jobs/nightly/runs?limit=x": 422,
    "/api/docs/problems/unknown": 404,
    "/api/run-due": 405,
}


@pytest.mark.parametrize("path", PATHS)
def test_an_answer_in_json_ends_with_a_newline_that_its_length_counts(client, declare, path):
    declare()
    got, head = (call(path, headers=bearer("read", name=call.__name__)) for call in (client.get, client.head))
    assert got.status_code == PATHS[path]
    assert got["Content-Type"].endswith("json")
    assert got.content.endswith(b"}\n")
    assert json.loads(got.content)
    assert got["Content-Length"] == str(len(got.content))
    assert (head.status_code, head["Content-Length"]) == (got.status_code, got["Content-Length"])


@pytest.mark.parametrize("path", [*PATHS, "/api/docs", "/api/runs/{}/output"])
def test_head_has_the_length_of_get_and_no_body_whatever_the_server_does(rf, client, declare, path):
    """uWSGI and older servers send what they are given; then the next answer is garbage."""
    path = path.format(newest_run(declare(), output_head=b"said", output_size=4).pk)
    headers = bearer("read")
    request, (view, args, kwargs) = rf.head(path, headers=headers), resolve(path.partition("?")[0])
    response = view(request, *args, **kwargs)
    assert response.content == b""
    assert response["Content-Length"] == str(len(client.get(path, headers=headers).content)) != "0"
    assert request.method == "HEAD"


def test_output_is_passed_on_as_it_was_written(api, declare):
    """A reader that follows it counts its bytes."""
    run = newest_run(declare(), output_head=b"no end", output_size=6)
    assert api("GET", f"/api/runs/{run.pk}/output").content == b"no end"
