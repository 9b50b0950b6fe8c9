"""A body that ends before its declared length changes nothing, whichever POST it belongs to."""

import json

import pytest

from jobs_api.models import JobPause, JobRun, State
from tests.databases import ONE_DATABASE
from tests.jobs_api.api.endpoints import ENDPOINTS, bearer, newest_run

from .conftest import NIGHTLY
from .raw import Raw, head

pytestmark = [pytest.mark.django_db(transaction=True), ONE_DATABASE]

POSTS = [endpoint for endpoint in ENDPOINTS if endpoint.method == "POST"]
CHUNKED = "Transfer-Encoding: chunked"
WAYS = {
    "nothing": ("Content-Length: 61", b""),
    "part": ("Content-Length: 61", b'{"reason": "x"}'),
    "blank-part": ("Content-Length: 61", b"  "),
    "form": ("Content-Length: 61\r\nContent-Type: multipart/form-data; boundary=x", b"--x\r\n"),
    "a-chunk-without-an-end": (CHUNKED, b"2\r\n{}\r\n"),
    "half-a-chunk": (CHUNKED, b"20\r\n{}"),
    "no-chunk": (CHUNKED, b""),
    "a-size-that-is-none": (CHUNKED, b"{}\r\n"),
}


@pytest.fixture
def operator():
    return bearer("trigger", "read", "operate")["Authorization"].removeprefix("Bearer ")


def everything():
    """What a request might have changed."""
    runs = JobRun.objects.order_by("pk").values("pk", "state", "attempt", "cancel_requested_at")
    return list(runs), list(JobPause.objects.values())


@pytest.mark.parametrize("kind", ["gthread", "sync", "runserver"])
def test_a_body_cut_short_is_422_and_changes_nothing(start, declare, operator, kind):
    port, job = start(kind), declare(**NIGHTLY)
    for endpoint in POSTS:
        JobRun.objects.all().delete()
        run = newest_run(job, endpoint.state)
        path = endpoint.path.format(name=run.job_name, run=run.pk)
        before = everything()
        for name, (headers, text) in WAYS.items():
            if kind == "runserver" and headers == CHUNKED:
                continue  # which it does not hand over
            with Raw(port) as raw:
                answer = raw.say(head("POST", path, operator, headers) + text).end().answer()
            assert (answer.status, everything()) == (422, before), (path, name)


@pytest.mark.parametrize("kind", ["gthread", "sync", "runserver"])
def test_its_retry_runs_with_what_it_says(start, declare, operator, kind):
    declare(**NIGHTLY)
    text = json.dumps({"reason": "the whole of it"}).encode()
    said = head("POST", "/api/jobs/nightly/run", operator, f"Content-Length: {len(text)}")
    with Raw(start(kind)) as raw:
        assert raw.say(said + text[:-1]).end().answer().status == 422
    with Raw(start(kind)) as raw:
        assert raw.say(said + text).answer().json["outcome"] == "succeeded"
    run = JobRun.objects.get()
    assert (run.state, run.attempt, run.comment) == (State.SUCCEEDED, 1, "the whole of it")
