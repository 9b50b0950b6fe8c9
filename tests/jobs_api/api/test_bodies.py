"""Whatever a cron service sends is taken; what speaks to jobs_api is read strictly."""

import json
from io import BytesIO

import pytest

from jobs_api.models import JobRun
from tests.jobs_api.api.endpoints import PROBLEM, YEARLY, bearer

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


def chunked(data: bytes) -> dict:
    """As a server hands over a body of unknown length that it has put together."""
    return {
        "CONTENT_LENGTH": "",
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input": BytesIO(data),
        "wsgi.input_terminated": True,
        "content_type": JSON,
    }


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


def curious(get_response):
    """A middleware of the host that looks at every body."""

    def look(request):
        assert request.body
        assert request.POST is not None
        return get_response(request)

    return look
