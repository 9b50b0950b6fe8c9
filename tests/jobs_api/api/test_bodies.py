"""Whatever a cron service sends is taken; what speaks to jobs_api is read strictly."""

import json
from io import BytesIO

import pytest

from jobs_api.api import request_body
from jobs_api.execution.waiting_limit import room
from jobs_api.models import JobRun
from tests.jobs_api.api.endpoints import PROBLEM, YEARLY, bearer, newest_run
from tests.jobs_api.api.streams import Slow, chunked

pytestmark = pytest.mark.django_db

RUN = "/api/jobs/nightly/run"
JSON = "application/json"
EVENT = {
    "version": "0",
    "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "123456789012",
    "time": "2015-10-08T16:53:06Z",
    "region": "us-east-1",
    "resources": ["arn:aws:events:us-east-1:123456789012:rule/nightly"],
    "detail": {},
}
QUERIED = (
    ("POST", RUN),
    ("POST", "/api/run-due"),
    ("GET", "/api/jobs/nightly/runs"),
    ("GET", "/api/runs/{run}/output"),
    ("GET", "/api/health/jobs"),
)
MULTIPART = b'--x\r\nContent-Disposition: form-data; name="force"\r\n\r\ntrue\r\n--x--\r\n'

IGNORED = {
    "empty": ("", b""),
    "empty-json": (JSON, b""),
    "blank-json": (JSON, b" \r\n\t "),
    "empty-object": (JSON, b"{}"),
    "array": (JSON, b'[{"force": true}]'),
    "string": (JSON, b'"force"'),
    "number": (JSON, b"1"),
    "null": (JSON, b"null"),
    "true": (JSON, b"true"),
    "form": ("application/x-www-form-urlencoded", b"force=true&run_date=2020-01-01"),
    "multipart": ("multipart/form-data; boundary=x", MULTIPART),
    "broken-multipart": ("multipart/form-data", b"--x"),
    "octet-stream": ("application/octet-stream", b"\x00\xff\xfe{"),
    "text": ("text/plain; charset=utf-8", b"run it, please"),
    "xml": ("application/xml", b"<force/>"),
    "no-type": ("", b"force"),
    "strange-type": (";;=;", b"force"),
    "json-like-type": ("application/jsonp", b"force"),
}


@pytest.mark.parametrize("sent", IGNORED.values(), ids=IGNORED.keys())
def test_a_body_that_asks_for_nothing_is_taken_and_ignored(api, declare, sent):
    declare(**YEARLY)
    kind, data = sent
    response = api("POST", RUN, data=data, content_type=kind)
    assert (response.status_code, response.json()["outcome"]) == (200, "succeeded")


@pytest.mark.parametrize("path", [RUN, "/api/run-due"])
def test_an_event_is_not_mistaken_for_a_request(api, declare, path):
    declare(**YEARLY)
    assert api("POST", path, json={**EVENT, "time": "2038-01-01T00:00:00Z"}).status_code == 200


REASON = b'{"reason": "because"}'
READ = {
    "json": (JSON, REASON),
    "charset": ("application/json; charset=utf-8", REASON),
    "upper-case": ("Application/JSON", REASON),
    "suffix": ("application/cloudevents+json", REASON),
    "curl-without-a-header": ("application/x-www-form-urlencoded", REASON),
    "octet-stream": ("application/octet-stream", REASON),
    "no-type": ("", REASON),
    "white-space": (JSON, b" \n" + REASON + b"\r\n"),
    "byte-order-mark": (JSON, b"\xef\xbb\xbf" + REASON),
}


@pytest.mark.parametrize("sent", READ.values(), ids=READ.keys())
def test_a_json_object_is_read_whatever_its_type(api, declare, sent):
    declare(**YEARLY)
    kind, data = sent
    assert api("POST", RUN, data=data, content_type=kind).status_code == 200
    assert JobRun.objects.get().comment == "because"


WRONG = {
    "unknown-key": ({"rundate": "x"}, "rundate"),
    "two-unknown-keys": ({"zeal": 1, "axe": 2, "reason": "x"}, "`axe`, `zeal`"),
    "case-matters": ({"Reason": "x"}, "Reason"),
    "part-of-an-event": ({"id": "1", "time": "2020-01-01T00:00:00Z"}, "time"),
    "wait-is-of-the-query": ({"wait": 5}, "wait"),
    "reason-number": ({"reason": 5}, "reason"),
    "reason-too-long": ({"reason": "x" * 1001}, "reason"),
    "options-array": ({"options": [1]}, "options"),
    "options-text": ({"options": "days=7"}, "options"),
    "force-text": ({"force": "perhaps"}, "force"),
    "force-array": ({"force": []}, "force"),
    "run-date-number": ({"run_date": 20261120}, "run_date"),
    "run-date-array": ({"run_date": ["2026-11-20"]}, "run_date"),
    "open": (b'{"reason": "x"', "JSON"),
    "trailing": (b'{"reason": "x"} {}', "JSON"),
    "single-quotes": (b"{'reason': 'x'}", "JSON"),
    "nan": (b'{"options": {"x": NaN}}', "JSON"),
    "infinity": (b'{"options": {"x": -Infinity}}', "JSON"),
    "beyond-a-float": (b'{"options": {"x": 1e999}}', "JSON"),
    "beyond-an-int": (b'{"options": {"x": ' + b"9" * 5000 + b"}}", "JSON"),
    "not-utf-8": (b'{"reason": "\xff\xfe"}', "JSON"),
    "nul": (b'{"reason": "a\\u0000b"}', "U+0000"),
    "nul-key": (b'{"options": {"a\\u0000b": 1}}', "U+0000"),
    "surrogate": (b'{"reason": "\\ud800"}', "JSON"),
    "surrogate-key": (b'{"\\udfff": 1}', "JSON"),
    "deep-array": (b"[" * 30_000, "nested"),
    "deep-object": (b'{"options":' * 5_000, "not valid JSON"),  # how deep is too deep differs between Pythons
    "deep-and-closed": (b'{"options": ' + b"[" * 20_000 + b"]" * 20_000 + b"}", "nested"),
}


@pytest.mark.parametrize(("sent", "named"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_body_is_422_names_the_fault_and_starts_nothing(api, declare, sent, named):
    declare(**YEARLY)
    data = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    response = api("POST", RUN, data=data, content_type=JSON, headers=bearer("trigger", "operate"))
    assert response.status_code == 422
    assert response["Content-Type"] == PROBLEM
    assert named in response.json()["detail"]
    assert not JobRun.objects.exists()


REPEATED = {
    "the-last": ([f"k{number}" for number in range(3000)], "k2999"),
    "the-first": ([f"k{number}" for number in range(3000)], "k0"),
    "the-only": (["reason"], "reason"),
}


@pytest.mark.parametrize(("keys", "again"), REPEATED.values(), ids=REPEATED.keys())
def test_a_key_given_twice_is_named_and_found_at_one_look_at_each(api, declare, monkeypatch, keys, again):
    """Else 64 KB of short keys would take a second of the process."""
    declare(**YEARLY)
    looks = []

    class Key(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            looks.append(other)
            return str.__eq__(self, other)

    read = request_body._object
    monkeypatch.setattr(
        request_body, "_object", lambda pairs: read([(Key(key), value) for key, value in pairs])
    )
    data = "{" + ",".join(f'"{key}":1' for key in [*keys, again]) + "}"
    response = api("POST", RUN, data=data.encode(), content_type=JSON)
    assert response.status_code == 422
    assert f"'{again}' is given twice" in response.json()["detail"]
    assert len(looks) < 5 * len(keys) + 10
    assert not JobRun.objects.exists()


@pytest.mark.parametrize("text", ["\\u0000 in words", "\\\\u0000", "🐘", "\ud7ff\ue000", "\x01\x7f"])
def test_what_only_looks_like_trouble_is_taken(api, declare, text):
    declare(**YEARLY)
    assert api("POST", RUN, json={"reason": text}).status_code == 200
    assert JobRun.objects.get().comment == text


WRONG_QUERIES = {
    "unknown": ("?rundate=x", "rundate"),
    "reason-is-of-the-body": ("?reason=x", "reason"),
    "token": ("?token=x", "token"),
    "twice": ("?source=a&source=b", "source"),
    "twice-the-same": ("?wait=1&wait=1", "wait"),
    "nul": ("?source=a%00b", "source"),
    "force": ("?force=perhaps", "force"),
    "wait": ("?wait=long", "wait"),
    "wait-negative": ("?wait=-1", "wait"),
    "run-date": ("?run_date=yesterday", "run_date"),
    "run-date-empty": ("?run_date=", "run_date"),
}


@pytest.mark.parametrize(("query", "named"), WRONG_QUERIES.values(), ids=WRONG_QUERIES.keys())
def test_a_wrong_query_is_422_names_the_fault_and_starts_nothing(api, declare, query, named):
    declare(**YEARLY)
    response = api("POST", RUN + query, headers=bearer("trigger", "operate"))
    assert response.status_code == 422
    assert named in response.json()["detail"]
    assert not JobRun.objects.exists()


# -- size -------------------------------------------------------------------------------------

LIMIT = 64 * 1024


def padded(size: int) -> bytes:
    return REASON + b" " * (size - len(REASON))


@pytest.mark.parametrize("kind", [JSON, "application/octet-stream"])
@pytest.mark.parametrize(("size", "status"), [(LIMIT, 200), (LIMIT + 1, 413), (LIMIT * 50, 413)])
def test_a_body_of_64_kb_is_taken_and_one_byte_more_is_413(api, declare, kind, size, status):
    declare(**YEARLY)
    response = api("POST", RUN, data=padded(size), content_type=kind)
    assert response.status_code == status
    assert JobRun.objects.exists() == (status == 200)
    if status == 413:
        assert response.json()["type"] == "/api/docs/problems/body-too-large"


def test_a_chunked_body_is_read(api, declare):
    declare(**YEARLY)
    assert api("POST", RUN, **chunked(REASON)).status_code == 200
    assert JobRun.objects.get().comment == "because"


@pytest.mark.parametrize(("size", "status"), [(LIMIT, 200), (LIMIT + 1, 413)])
def test_a_chunked_body_has_the_same_limit(api, declare, size, status):
    declare(**YEARLY)
    assert api("POST", RUN, **chunked(padded(size))).status_code == status


def test_a_key_given_twice_is_422_naming_it(api, declare):
    declare(**YEARLY)
    response = api(
        "POST", RUN, data='{"run_date": "2025-01-01", "run_date": "2026-01-01"}', content_type=JSON
    )
    assert (response.status_code, JobRun.objects.count()) == (422, 0)
    assert "'run_date' is given twice" in response.json()["detail"]


@pytest.mark.parametrize("error", [OSError, ValueError, RuntimeError])
def test_a_body_that_breaks_off_is_422_and_starts_nothing(api, declare, error):
    class Broken(BytesIO):
        def read(self, *args):
            raise error("invalid chunk")

    declare(**YEARLY)
    assert api("POST", RUN, **{**chunked(b""), "wsgi.input": Broken()}).status_code == 422
    assert not JobRun.objects.exists()


# -- what does not come as it was declared (see also tests/jobs_api/sockets) ------------------

LENGTHS = {
    "short": {"CONTENT_LENGTH": "61"},
    "one-byte-short": {"CONTENT_LENGTH": str(len(REASON) + 1)},
    "letters": {"CONTENT_LENGTH": "two"},
    "negative": {"CONTENT_LENGTH": "-1"},
    "signed": {"CONTENT_LENGTH": "+16"},
    "underscore": {"CONTENT_LENGTH": "1_6"},
    "other-digits": {"CONTENT_LENGTH": "\u0661\u0666"},
    "with-chunks": {"CONTENT_LENGTH": "16", "HTTP_TRANSFER_ENCODING": "chunked"},
}


@pytest.mark.parametrize("said", LENGTHS.values(), ids=LENGTHS)
@pytest.mark.parametrize("data", [REASON, b""], ids=["body", "none"])
def test_a_body_of_another_length_than_declared_is_422_and_starts_nothing(api, declare, said, data):
    declare(**YEARLY)
    sent = {"data": data, "content_type": JSON, "wsgi.input": BytesIO(data)}
    response = api("POST", RUN, **sent, **said)
    assert (response.status_code, JobRun.objects.count()) == (422, 0)
    assert "ody" in response.json()["detail"] or "`Content-Length`" in response.json()["detail"]


@pytest.mark.parametrize("data", [REASON, b""])
@pytest.mark.parametrize("path", [RUN, "/api/run-due"])
def test_chunks_that_the_server_does_not_hand_over_are_411(api, declare, path, data):
    """uWSGI and runserver give an application no body that comes in chunks."""
    declare(**YEARLY)
    response = api("POST", path, **chunked(data, terminated=False))
    assert (response.status_code, response["Content-Type"], JobRun.objects.count()) == (411, PROBLEM, 0)
    assert response.json()["type"] == "/api/docs/problems/length-required"
    assert "Content-Length" in response.json()["detail"]


def test_a_body_without_a_length_is_read_where_the_protocol_needs_none(api, declare):
    """HTTP/2 marks the end of a body in its own way."""
    declare(**YEARLY)
    more = {**chunked(REASON), "SERVER_PROTOCOL": "HTTP/2"}
    del more["HTTP_TRANSFER_ENCODING"]
    assert api("POST", RUN, **more).status_code == 200
    assert JobRun.objects.get().comment == "because"


@pytest.mark.parametrize("sent", [chunked(REASON, Slow), {"data": REASON, "content_type": JSON}])
def test_a_body_that_takes_too_long_is_408_where_only_the_reader_looks_at_the_clock(
    api, declare, settings, sent
):
    settings.JOBS_API = {**settings.JOBS_API, "BODY_SECONDS": 0.15}
    declare(**YEARLY)
    response = api("POST", RUN, **{**sent, "wsgi.input": Slow(REASON)})
    assert (response.status_code, JobRun.objects.count()) == (408, 0)
    assert response.json()["type"] == "/api/docs/problems/body-too-slow"


def test_a_slow_body_beyond_those_that_may_be_is_408_at_once(api, declare, settings):
    settings.JOBS_API = {**settings.JOBS_API, "WAITING_LIMIT": 1, "BODY_SECONDS": 60}
    declare(**YEARLY)
    assert room.enter(1)
    try:
        assert api("POST", RUN, **chunked(REASON, Slow)).status_code == 408
    finally:
        room.leave()
    assert api("POST", RUN, **chunked(REASON, Slow)).status_code == 200


@pytest.mark.parametrize("method_and_path", QUERIED, ids=str)
def test_more_parameters_than_the_host_reads_are_422(api, declare, method_and_path):
    run = newest_run(declare(**YEARLY))
    method, path = method_and_path
    response = api(method, path.format(run=run.pk) + "?" + "&".join("a" * 1001))
    assert (response.status_code, response["Content-Type"]) == (422, PROBLEM)


@pytest.mark.parametrize("limit", [1, None])
def test_the_number_of_parameters_is_a_setting_of_the_host(api, declare, settings, limit):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = limit
    declare(**YEARLY)
    assert api("POST", f"{RUN}?source=a&wait=0").status_code == (422 if limit else 200)


def test_the_other_endpoints_have_the_same_limit(api, declare):
    declare(**YEARLY)
    operator = bearer("trigger", "operate")
    for path in ("/api/run-due", "/api/jobs/nightly/pause", "/api/jobs/nightly/backfill"):
        assert api("POST", path, data=padded(LIMIT + 1), headers=operator).status_code == 413


def test_a_body_that_a_middleware_has_read_before_is_read_again(api, declare, settings):
    declare(**YEARLY)
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.curious"]
    assert api("POST", RUN, data=REASON, content_type=JSON).status_code == 200
    assert JobRun.objects.get().comment == "because"


def taken(request):
    """As a middleware does that reads the stream itself."""
    request.read(5)


def parsed(request):
    """As one does that looks at forms."""
    assert request.POST is not None


@pytest.mark.parametrize(
    ("how", "kind", "data", "status"),
    [
        (taken, JSON, REASON, 500),
        (parsed, "multipart/form-data; boundary=x", MULTIPART, 200),
        (parsed, "application/x-www-form-urlencoded", b"a=b", 200),
        (parsed, "application/x-www-form-urlencoded", REASON, 200),
    ],
)
def test_a_body_that_a_middleware_has_taken_is_not_mistaken_for_none(
    api, declare, settings, monkeypatch, how, kind, data, status
):
    declare(**YEARLY)
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.taking"]
    monkeypatch.setitem(globals(), "take", how)
    assert api("POST", RUN, data=data, content_type=kind).status_code == status
    assert JobRun.objects.exists() == (status == 200)


def test_a_form_cut_short_that_a_middleware_has_read_is_422(api, declare, settings, monkeypatch):
    declare(**YEARLY)
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.taking"]
    monkeypatch.setitem(globals(), "take", parsed)
    length = {"CONTENT_LENGTH": str(len(MULTIPART) + 9)}
    kind = "multipart/form-data; boundary=x"
    sent = {"data": MULTIPART, "content_type": kind, "wsgi.input": BytesIO(MULTIPART), **length}
    response = api("POST", RUN, **sent)
    assert (response.status_code, JobRun.objects.count()) == (422, 0)


take = parsed


def taking(get_response):
    """A middleware of the host that takes the body in the way of the test."""

    def look(request):
        take(request)
        return get_response(request)

    return look


def curious(get_response):
    """A middleware of the host that looks at every body."""

    def look(request):
        assert request.body
        assert request.POST is not None
        return get_response(request)

    return look
