"""`post` against real servers on 127.0.0.1, whatever they do."""

import socket
import threading
import time
from datetime import UTC, datetime

import pytest

from jobs_api import outgoing
from jobs_api.outgoing import OutgoingError, Response, posting
from tests.jobs_api.outgoing import certificates, peers
from tests.jobs_api.outgoing.peers import answers, peer, writes

SOON = 0.3
S3CRET = "s3cret"


def post(url, **options):
    return outgoing.post(url, **{"body": b"{}", "headers": {}, "seconds": 5, **options})


def why(url, **options):
    with pytest.raises(OutgoingError) as raised:
        post(url, **options)
    text = str(raised.value)
    assert "s3cret" not in text
    assert "127.0.0.1" not in text
    assert text.splitlines() == [text]
    assert raised.value.__cause__ is None  # a log of it would show the URL
    return text


def lines(request):
    head, _, body = request.partition(b"\r\n\r\n")
    first, *others = head.decode().split("\r\n")
    names = (line.split(": ", 1) for line in others)
    return first, {name.lower(): value for name, value in names}, body


# -- what is sent, and what comes back ----------------------------------------------------------


def test_a_request_is_sent_as_it_is_and_its_answer_returned():
    with peer(answers("202 Accepted", "für später".encode(), "Retry-After: 7", "X-One: 1")) as server:
        found = post(server.url, body=b'{"a": 1}', headers={"content-type": "application/json", "X-Key": "k"})
    first, headers, body = lines(server.requests[0])
    assert first == "POST /hook/s3cret-path?key=s3cret HTTP/1.1"
    assert (headers["content-type"], headers["x-key"]) == ("application/json", "k")
    assert headers["user-agent"] == "jobs_api"
    assert body == b'{"a": 1}'
    assert (found.status, found.text, found.ok) == (202, "für später", True)
    assert found.headers["x-one"] == "1"
    assert found.retry_after() == 7


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_the_method_can_be_another(method):
    with peer(writes(b"HTTP/1.1 204 No Content\r\n\r\n")) as server:
        assert post(server.url, body=b"", method=method).status == 204
    first, headers, body = lines(server.requests[0])
    assert first.startswith(f"{method} /hook")
    assert "content-type" not in headers
    assert body == b""


@pytest.mark.parametrize(
    "status", ["400 Bad", "401 Who", "404 Not", "410 Gone", "429 Slow", "500 Oops", "599 X"]
)
def test_a_status_of_failure_is_an_answer_too(status):
    with peer(answers(status, b"no")) as server:
        found = post(server.url)
    assert (found.status, found.text, found.ok) == (int(status[:3]), "no", False)


def test_a_declared_encoding_is_used():
    page = answers("500 Oops", "Größe".encode("latin-1"), "Content-Type: text/html; charset=iso-8859-1")
    with peer(page) as server:
        assert post(server.url).text == "Größe"


def test_an_answer_in_chunks_is_read():
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    with peer(writes(data)) as server:
        assert post(server.url).text == "abc"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("99999999999999999999", 86400),
        ("Fri, 20 Nov 2026 12:01:30 GMT", 90),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 0),
        ("Fri, 20 Nov 9026 11:00:00 GMT", 86400),
        ("soon", None),
        ("-5", None),
        ("٣", None),
        ("Fri, 99 Nov 2026 99:00:00 GMT", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value, seconds):
    now = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    assert Response(503, "", {"retry-after": value}).retry_after(now) == seconds


# -- who does anything but answer ---------------------------------------------------------------

OK = b"HTTP/1.1 200 OK\r\n"
NONSENSE = [
    (answers("301 Moved", b"", "Location: http://127.0.0.1:1/"), "redirect (301)"),
    (answers("307 Temporary Redirect", b"", "Location: /other"), "redirect (307)"),
    (answers("304 Not Modified", b""), "redirect (304)"),
    (writes(b"SSH-2.0-OpenSSH_9.6\r\n"), "not HTTP"),
    (writes(b"\x15\x03\x03\x00\x02\x02\x16"), "not HTTP"),
    (writes(b"HTTP/1.1 abc\r\n\r\n"), "not HTTP"),
    (writes(OK + b"X" * 70000 + b"\r\n\r\n"), "not HTTP"),
    (writes(OK + b"A: b\r\n" * 200 + b"\r\n"), "not HTTP"),
    (writes(b""), "without an answer"),
    (writes(OK + b"Content-Length: 10\r\n\r\nabc"), "in the middle"),
    (writes(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"), "in the middle"),
    (writes(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "in the middle"),
    (answers(body=b"x" * 65537), "(200) is longer than 64 KB"),
    (answers("500 Oops", b"x" * 10**6), "(500) is longer than 64 KB"),
    (answers(body=b"\xff\xfe\x00"), "is not text"),
    (answers("200 OK", b"ok", "Content-Type: text/plain; charset=klingon"), "is not text"),
]


@pytest.mark.parametrize(("behave", "text"), NONSENSE)
def test_an_answer_that_makes_no_sense_is_an_error_that_says_what_is_wrong(behave, text):
    with peer(behave) as server:
        assert text in why(server.url)


def test_a_redirect_is_not_followed():
    with peer(answers()) as other, peer(answers("302 Found", b"", f"Location: {other.url}")) as server:
        assert "redirect (302)" in why(server.url)
    assert other.requests == []


def test_64_kilobytes_are_not_too_much():
    with peer(answers(body=b"x" * 65536)) as server:
        assert len(post(server.url).text) == 65536


@pytest.mark.parametrize(
    "behave", [peers.hangs, peers.says_nothing, peers.DRIPPED_HEADER, peers.DRIPPED_BODY]
)
def test_all_of_it_ends_when_the_time_is_over(behave):
    before = time.monotonic()
    with peer(behave) as server:
        assert why(server.url, seconds=SOON) == "no answer within 0.3 s"
        assert time.monotonic() - before < 20  # nothing here ends by itself for much longer
        assert peers.ends(lambda: not _threads()), "the thread goes on"


@pytest.mark.parametrize("behave", [peers.says_nothing, peers.drips_a_handshake])
def test_a_handshake_that_does_not_end_ends_too(behave):
    with peer(behave) as server:
        url = server.url.replace("http:", "https:")
        assert why(url, seconds=SOON) == "no answer within 0.3 s"
        assert peers.ends(lambda: not _threads()), "the thread goes on"


def test_a_name_that_is_never_resolved_is_not_waited_for(monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kw: released.wait(30) or [])
    assert why("http://hooks.example.com/s3cret", seconds=SOON) == "no answer within 0.3 s"
    # At the end of a process, what is left of five seconds is no round number.
    assert why("http://hooks.example.com/s3cret", seconds=0.3123456) == "no answer within 0.3 s"
    released.set()
    assert peers.ends(lambda: not _threads())


def _threads():
    return [thread for thread in threading.enumerate() if thread.name == "jobs_api-outgoing"]


def test_a_closed_port_is_an_error_at_once():
    assert why(f"http://127.0.0.1:{peers.closed_port()}/s3cret") == "the connection was refused"


def test_a_host_that_does_not_exist_is_an_error():
    # A resolver asks again after five seconds where a packet was lost.
    assert "cannot be resolved" in why("http://hooks.invalid/s3cret", seconds=60)


def test_an_https_url_of_a_server_without_tls_is_an_error():
    with peer(lambda peer, sock: sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as server:
        assert "encrypted" in why(server.url.replace("http:", "https:"))


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("ftp://example.com/s3cret", "neither http nor https"),
        ("file:///etc/s3cret", "not valid"),
        ("javascript:s3cret", "not valid"),
        ("s3cret", "not valid"),
        ("", "not valid"),
        ("http://", "not valid"),
        ("http://[::1/s3cret", "not valid"),
        ("http://example.com:99999/s3cret", "not valid"),
        ("http://example.com:x/s3cret", "not valid"),
        ("http://example.com/s3cret\r\nX-Evil: 1", "not valid"),
        ("http://example.com/s3cret path", "not valid"),
        ("http://exämple.com/s3cret", "not valid"),
        ("http://user:@example.com/s3cret", "user name or a password"),
    ],
)
def test_a_url_that_cannot_be_called_is_an_error_that_does_not_quote_it(url, text):
    assert text in why(url)


@pytest.mark.parametrize(
    "headers", [{"X-Key": "s3cret\r\nX-Evil: 1"}, {"X\n": "s3cret"}, {"X": "s3cret\x00\n"}]
)
def test_a_header_that_would_make_another_is_an_error_that_does_not_quote_it(headers):
    with peer(answers()) as server:
        assert "header" in why(server.url, headers=headers)
    assert server.requests == []


def test_without_a_thread_nothing_is_sent(monkeypatch):
    def cannot(*args):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", cannot)
    assert why("http://127.0.0.1:1/s3cret") == "the system starts no thread"


# -- TLS and proxies ----------------------------------------------------------------------------


def test_a_certificate_that_nobody_signed_is_refused(certificate):
    with peer(answers(), tls=certificate) as server:
        assert why(server.url).startswith("its certificate is not valid: self")
    assert server.requests == []


def test_a_certificate_that_is_known_is_accepted(certificate, trusted):
    with peer(answers(), tls=certificate) as server:
        assert post(server.url.replace("127.0.0.1", "localhost")).ok


def test_a_certificate_for_another_host_is_refused(certificate, trusted):
    with peer(answers(), tls=certificate) as server:
        assert why(server.url) == "its certificate is not valid: it is for another host"


def test_a_proxy_is_used_where_the_environment_names_one(monkeypatch):
    with peer(answers(body=b"from the proxy")) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        assert post("http://hooks.invalid/a").text == "from the proxy"
    assert proxy.requests[0].startswith(b"POST http://hooks.invalid/a HTTP/1.1\r\n")


def test_a_proxy_that_refuses_is_an_error_without_its_password(monkeypatch):
    with peer(answers("407 Proxy Authentication Required", b"no")) as proxy:
        monkeypatch.setenv("https_proxy", f"http://user:{S3CRET}@127.0.0.1:{proxy.port}")
        assert "no connection" in why("https://hooks.invalid/a")
    assert b"CONNECT hooks.invalid:443" in proxy.requests[0]


@pytest.mark.parametrize(
    "proxy", ["socks5://127.0.0.1:1", "socks5h://user:@127.0.0.1:1", "gopher://x", "://"]
)
def test_a_proxy_of_another_kind_is_an_error(monkeypatch, proxy):
    monkeypatch.setenv("http_proxy", proxy)
    assert why("http://hooks.invalid/s3cret")


def test_hosts_that_no_proxy_names_are_called_directly(monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{peers.closed_port()}")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with peer(answers()) as server:
        assert post(server.url).ok


@pytest.fixture
def file(tmp_path):
    return certificates.write(tmp_path)


@pytest.fixture
def certificate(file):
    return certificates.server(file)


@pytest.fixture
def trusted(monkeypatch, file):
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    posting._tls.cache_clear()
    yield
    posting._tls.cache_clear()
