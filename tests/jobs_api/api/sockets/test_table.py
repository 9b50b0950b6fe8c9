"""Bytes on a socket: what is sent, what must be answered, and whether the job may have run."""

import dataclasses
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from jobs_api.models import JobRun
from tests.databases import ONE_DATABASE
from tests.jobs_api.execution.draining.server import SECRET

from .conftest import NIGHTLY
from .raw import Raw, head

pytestmark = [pytest.mark.django_db(transaction=True), ONE_DATABASE]

RUN = "/api/jobs/nightly/run"
CHUNKED = "Transfer-Encoding: chunked"
LIVE = head("GET", "/api/health/live", SECRET)
TOO_LARGE = 64 * 1024 + 1


def post(*headers, body=b"", path=RUN, secret=SECRET, version="1.1"):
    return head("POST", path, secret, *headers, version=version) + body


@dataclasses.dataclass(frozen=True)
class Case:
    """One line of the table."""

    name: str
    sent: bytes
    statuses: tuple[int, ...]
    runs: bool = False
    ends: bool = False
    """The sender says that nothing more comes."""
    closes: bool = False
    """The server closes the connection after the last answer."""
    stalls: bool = False
    """Takes the time that a body has: not repeated on a second server."""


CASES = [
    Case("no body, no length", post(), (200,), runs=True),
    Case("length 0", post("Content-Length: 0"), (200,), runs=True),
    Case("an object", post("Content-Length: 2", body=b"{}"), (200,), runs=True),
    Case("leading zeros", post("Content-Length: 0002", body=b"{}"), (200,), runs=True),
    Case("fewer bytes than declared", post("Content-Length: 61"), (422,), ends=True),
    Case("some of the bytes", post("Content-Length: 61", body=b"{}"), (422,), ends=True),
    Case("fewer bytes, and nothing more comes", post("Content-Length: 61"), (408,), closes=True, stalls=True),
    Case("a length of letters", post("Content-Length: two", body=b"{}"), (400,)),
    Case("a negative length", post("Content-Length: -2", body=b"{}"), (400,)),
    Case("a signed length", post("Content-Length: +2", body=b"{}"), (400,)),
    Case("a length with an underscore", post("Content-Length: 0_2", body=b"{}"), (400,)),
    Case("a length in hexadecimal", post("Content-Length: 0x2", body=b"{}"), (400,)),
    Case("a superscript length", post("Content-Length: \u00b2", body=b"{}"), (400,)),
    Case("two lengths", post("Content-Length: 2", "Content-Length: 0", body=b"{}"), (400,)),
    Case("two equal lengths", post("Content-Length: 2", "Content-Length: 2", body=b"{}"), (400,)),
    Case("a list of lengths", post("Content-Length: 2, 2", body=b"{}"), (400,)),
    Case("length and chunks", post("Content-Length: 2", CHUNKED, body=b"0\r\n\r\n"), (400,)),
    Case("a large length, nothing behind it", post(f"Content-Length: {TOO_LARGE}"), (413,), closes=True),
    Case("an endless length", post("Content-Length: " + "9" * 30), (413,), closes=True),
    Case("more than the limit", post(f"Content-Length: {TOO_LARGE}", body=b" " * TOO_LARGE), (413,)),
    Case("chunks", post(CHUNKED, body=b"2\r\n{}\r\n0\r\n\r\n"), (200,), runs=True),
    Case("chunks with a trailer", post(CHUNKED, body=b"2\r\n{}\r\n0\r\nA: b\r\n\r\n"), (200,), runs=True),
    Case("no chunk but the last", post(CHUNKED, body=b"0\r\n\r\n"), (200,), runs=True),
    Case("chunks without an end", post(CHUNKED, body=b"2\r\n{}\r\n"), (422,), ends=True),
    Case("chunks that stall", post(CHUNKED, body=b"2\r\n{}\r\n"), (408,), closes=True, stalls=True),
    Case("a chunk that stalls", post(CHUNKED, body=b"20\r\n{}"), (408,), closes=True, stalls=True),
    Case("no chunk at all", post(CHUNKED), (408,), closes=True, stalls=True),
    Case("a size that is none", post(CHUNKED, body=b"xyz\r\n{}\r\n0\r\n\r\n"), (422,)),
    Case("a negative size", post(CHUNKED, body=b"-2\r\n{}\r\n0\r\n\r\n"), (422,)),
    Case("a chunk longer than its size", post(CHUNKED, body=b"1\r\n{}\r\n0\r\n\r\n"), (422,)),
    Case(
        "chunks beyond the limit",
        post(CHUNKED, body=b"10000\r\n" + b" " * 65536 + b"\r\n1\r\n \r\n0\r\n\r\n"),
        (413,),
    ),
    Case("a huge chunk announced", post(CHUNKED, body=b"fffffffff\r\n{}"), (408,), closes=True, stalls=True),
    Case("chunked twice", post("Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n"), (400,)),
    Case("compressed", post("Transfer-Encoding: gzip", "Content-Length: 2", body=b"{}"), (400,)),
    Case("an unknown coding", post("Transfer-Encoding: xchunked", body=b"0\r\n\r\n"), (501,)),
    Case("chunks of HTTP/1.0", post(CHUNKED, body=b"0\r\n\r\n", version="1.0"), (400,)),
    Case("HTTP/1.0", post("Content-Length: 2", body=b"{}", version="1.0"), (200,), runs=True, closes=True),
    Case("HTTP/1.0 cut short", post("Content-Length: 3", body=b"{}", version="1.0"), (422,), ends=True),
    Case(
        "more than was declared is the next request",
        post("Content-Length: 2", body=b"{}" + LIVE),
        (200, 200),
        runs=True,
    ),
    Case("more that is no request", post("Content-Length: 2", body=b'{}{"a": 1}\r\n'), (200, 400), runs=True),
    Case("a body behind no length", post(body=b'{"force": true}\r\n'), (200, 400), runs=True),
    Case("the second of two cut short", LIVE + post("Content-Length: 9"), (200, 422), ends=True),
    Case("no token, body to come", post("Content-Length: 61", secret="-"), (401,), closes=True),
    Case("no such job, chunks to come", post(CHUNKED, path="/api/jobs/none/run"), (404,), closes=True),
    Case("a page, body to come", post("Content-Length: 61", path="/api/docs"), (405,), closes=True),
    Case("health, body to come", LIVE[:-2] + b"Content-Length: 61\r\n\r\n", (200,), closes=True),
    Case("no token, body there", post("Content-Length: 2", body=b"{}" + LIVE, secret="-"), (401, 200)),
    Case("1,001 parameters", post(path=RUN + "?" + "&".join("a" * 1001)), (422,)),
    Case("a query that is not UTF-8", post(path=RUN + "?source=%FF%FE%80"), (200,), runs=True),
    Case("a path that is not UTF-8", post(path="/api/jobs/%FF/run"), (404,)),
    Case("a NUL in a header", post("X-Note: a\0b"), (400,)),
    Case("half a header, then the end", post()[:-30], (), ends=True, closes=True),
]


def wrong_about(case, port, kind):
    """What came otherwise than the table says."""
    JobRun.objects.all().delete()
    wrong, ran = wrongly_answered(case, port, kind), JobRun.objects.exists()
    return wrong or (ran != case.runs and (case.name, ran))


def wrongly_answered(case, port, kind):
    """The same, but for what the job did."""
    # The sync worker closes after each answer, and what is pipelined is not read.
    expected = case.statuses[:1] if kind == "sync" else case.statuses
    with Raw(port) as raw:
        raw.say(case.sent)
        if case.ends:
            raw.end()
        got = tuple(raw.answer().status for _ in expected)
        closed = not case.closes or raw.closed(20)
    return (got, closed) != (expected, True) and (case.name, got, closed)


@pytest.mark.parametrize("kind", ["gthread", "sync"])
def test_a_server_answers_as_the_table_says(start, declare, kind):
    declare(**NIGHTLY)
    port = start(kind)
    assert [wrong for case in CASES if not case.stalls and (wrong := wrong_about(case, port, kind))] == []


def test_a_server_answers_bodies_that_stall_as_the_table_says(start, declare):
    declare(**NIGHTLY)
    port = start("gthread")
    with ThreadPoolExecutor(2) as pool:  # so many of its four threads may wait for bodies
        stalling = [case for case in CASES if case.stalls]
        found = list(pool.map(lambda case: wrongly_answered(case, port, "gthread"), stalling))
    assert ([wrong for wrong in found if wrong], JobRun.objects.exists()) == ([], False)


# -- what a server for development hands over -------------------------------------------------

OF_RUNSERVER = [
    Case("an object", post("Content-Length: 2", body=b"{}"), (200,), runs=True),
    Case("chunks, which it does not hand over", post(CHUNKED, body=b"2\r\n{}\r\n0\r\n\r\n"), (411,)),
    Case("empty chunks", post(CHUNKED, body=b"0\r\n\r\n"), (411,)),
    Case("length and chunks", post("Content-Length: 2", CHUNKED, body=b"{}"), (422,)),
    Case("a length of letters", post("Content-Length: two", body=b"{}"), (422,)),
    Case("a negative length", post("Content-Length: -2", body=b"{}"), (422,)),
    Case("a length with an underscore", post("Content-Length: 0_2", body=b"{}"), (422,)),
    Case("a large length, nothing behind it", post(f"Content-Length: {TOO_LARGE}"), (413,)),
    Case("fewer bytes than declared", post("Content-Length: 61"), (422,), ends=True),
]


def test_a_server_that_checks_nothing_itself(start, declare):
    declare(**NIGHTLY)
    port = start("runserver")
    assert [wrong for case in OF_RUNSERVER if (wrong := wrong_about(case, port, "runserver"))] == []


# -- bodies that come in several pieces -------------------------------------------------------


@pytest.mark.parametrize("kind", ["gthread", "sync"])
def test_a_caller_that_waits_for_100_continue_is_told_to_go_on(start, declare, kind):
    declare(**NIGHTLY)
    with Raw(start(kind)) as raw:
        raw.say(post("Content-Length: 2", "Expect: 100-continue"))
        assert raw.socket.recv(4096).startswith(b"HTTP/1.1 100 ")
        time.sleep(0.2)
        assert raw.say(b"{}").answer().status == 200


@pytest.mark.parametrize("kind", ["gthread", "sync"])
@pytest.mark.parametrize("headers", ["Content-Length: 15", CHUNKED])
def test_a_body_that_comes_slowly_but_in_time_is_read(start, declare, kind, headers):
    declare(**NIGHTLY)
    text = b'{"reason": "x"}' if headers != CHUNKED else b'f\r\n{"reason": "x"}\r\n0\r\n\r\n'
    with Raw(start(kind)) as raw:
        raw.say(post(headers))
        for at in (0, 5, 10):
            time.sleep(0.1)  # longer than most bodies take, and far from the end of its time
            raw.say(text[at : at + 5] if at < 10 else text[10:])
        assert raw.answer().status == 200
    assert JobRun.objects.get().comment == "x"


@pytest.mark.parametrize("kind", ["gthread", "sync"])
@pytest.mark.parametrize("headers", ["Content-Length: 10000", CHUNKED])
def test_a_byte_now_and_then_does_not_make_the_time_longer(start, declare, kind, headers):
    declare(**NIGHTLY)
    began = time.monotonic()
    with Raw(start(kind)) as raw:
        raw.say(post(headers) + (b"" if headers != CHUNKED else b"2710\r\n"))
        raw.socket.settimeout(0.1)
        while True:
            raw.say(b" ")
            try:
                said = raw.socket.recv(4096)
                break
            except TimeoutError:
                assert time.monotonic() - began < 20
    assert said.startswith(b"HTTP/1.1 408 ")
    assert not JobRun.objects.exists()
