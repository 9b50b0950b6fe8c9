import shutil
import socket
import ssl
import subprocess
import threading
import time
from contextlib import ExitStack, contextmanager
from http.client import HTTPException

import pytest

from crm import addresses
from crm.addresses import Refused
from crm.webhooks import transport
from crm.webhooks.transport import post

from ..receiver import receiving
from .raw import writing, writing_and_waiting

SECONDS = 0.5
WELL_AFTER = SECONDS + 1.5
"""Hours earlier than a time-out per read would end it."""


def send(url, seconds=5):
    return post(url, b"{}", {"x-test": "1"}, seconds=seconds)


# -- where it goes ----------------------------------------------------------------------------


def resolving(monkeypatch, *answers):
    """hooks.example.com is one address when first looked up and another later on, as in an attack."""
    real, asked = socket.getaddrinfo, []

    def getaddrinfo(host, port, *args, **kwargs):
        if host == "hooks.example.com":
            asked.append(host)
            host = answers[min(len(asked), len(answers)) - 1]
        return real(host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_a_name_is_looked_up_once_and_only_what_was_found_is_asked(receiver, monkeypatch, settings):
    settings.CRM_WEBHOOK_ALLOW_PRIVATE = False
    # Stands in for a public address; 127.0.0.1 stays what it is.
    monkeypatch.setattr(addresses, "is_public", lambda address: address == "127.0.0.2")
    asked = resolving(monkeypatch, "127.0.0.2", "127.0.0.1")
    port = int(receiver.url.rpartition(":")[2])
    with receiving("127.0.0.2", port) as public:
        send(f"http://hooks.example.com:{port}/")
    assert (len(public.refused), len(receiver.refused), len(asked)) == (1, 0, 1)


def test_a_name_that_turns_private_is_refused_before_anything_is_sent(receiver, monkeypatch, settings):
    settings.CRM_WEBHOOK_ALLOW_PRIVATE = False
    resolving(monkeypatch, "127.0.0.1")
    with pytest.raises(Refused):
        send(receiver.url.replace("127.0.0.1", "hooks.example.com"))
    assert receiver.refused == []


@pytest.mark.parametrize("found", [["127.0.0.3", "127.0.0.1"], ["127.0.0.1", "127.0.0.3"]])
def test_of_two_addresses_the_first_that_takes_a_connection_is_asked(receiver, monkeypatch, found):
    monkeypatch.setattr(transport, "look_up", lambda target: found)
    assert send(receiver.url) == 401


def test_no_proxy_is_asked(receiver, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert send(receiver.url) == 401


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_not_followed(raw, status):
    with receiving() as inside:
        line = f"HTTP/1.1 {status} Elsewhere\r\nlocation: {inside.url}/admin\r\n\r\n"
        assert send(raw(writing(line.encode()))) == status
    assert inside.refused == []


def test_the_request_names_the_host_and_not_the_address(receiver, monkeypatch):
    resolving(monkeypatch, "127.0.0.1")
    url = receiver.url.replace("127.0.0.1", "hooks.example.com")
    send(url + "/a?b=c")
    ((path, headers),) = receiver.refused
    assert (path, f"http://{headers['host']}") == ("/a?b=c", url)


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here")
def test_an_address_of_version_6_can_be_written_in_the_url(neighbours):
    with receiving("::1") as receiver:
        assert send(receiver.url) == 401
    ((_, headers),) = receiver.refused
    assert f"http://{headers['host']}" == receiver.url


# -- how long it takes ------------------------------------------------------------------------

DRIPPING = {
    "nothing": writing_and_waiting(),
    "a status line without end": writing(b"HTTP/1.1 200 ", *[b"O"] * 40, every=0.1),
    "headers without end": writing(b"HTTP/1.1 200 OK\r\n", *[b"a: b\r\n"] * 40, every=0.1),
    "a header without end": writing(b"HTTP/1.1 200 OK\r\na: ", *[b"b"] * 40, every=0.1),
    "a body without end": writing(b"HTTP/1.1 200 OK\r\n\r\n", *[b"b"] * 40, every=0.1),
    "a body that stops": writing_and_waiting(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nb"),
    "a chunk without end": writing(
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", *[b"1\r\nb\r\n"] * 40, every=0.1
    ),
    "empty answers without end": writing(*[b"HTTP/1.1 100 Continue\r\n\r\n"] * 40, every=0.1),
}


@pytest.mark.parametrize("answer", DRIPPING.values(), ids=DRIPPING)
def test_an_answer_that_never_ends_is_cut_off_at_the_deadline(raw, answer):
    url = raw(answer)
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        send(url, SECONDS)
    assert SECONDS <= time.monotonic() - begun < WELL_AFTER


@contextmanager
def silent(address="127.0.0.1", port=0):
    """Listens, accepts no connection, and refuses none; yields the port."""
    with ExitStack() as stack:
        full = stack.enter_context(socket.create_server((address, port), backlog=0))
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        yield full.getsockname()[1]


def test_a_connection_that_nobody_accepts_is_given_up_at_the_deadline(neighbours):
    with silent() as port, pytest.raises(TimeoutError):
        send(f"http://127.0.0.1:{port}/", SECONDS)


def test_a_silent_address_leaves_time_for_the_next(receiver, monkeypatch):
    found = ["127.0.0.2", "127.0.0.3", "127.0.0.1"]
    monkeypatch.setattr(transport, "look_up", lambda target: found)
    port = int(receiver.url.rpartition(":")[2])
    with silent("127.0.0.2", port), silent("127.0.0.3", port):
        assert send(receiver.url, seconds=2) == 401


def test_an_answer_has_all_the_time_that_is_left(raw, monkeypatch):
    """Connecting to the first of two addresses has half of it."""
    monkeypatch.setattr(transport, "look_up", lambda target: ["127.0.0.1", "127.0.0.3"])
    late = raw(lambda connection: time.sleep(1.2) or connection.sendall(b"HTTP/1.1 204 Fine\r\n\r\n"))
    assert send(late, seconds=2) == 204


def test_a_slow_look_up_counts(receiver, monkeypatch):
    monkeypatch.setattr(transport, "look_up", lambda target: time.sleep(SECONDS) or ["127.0.0.1"])
    with pytest.raises(TimeoutError):
        send(receiver.url, SECONDS)
    assert receiver.refused == []


def test_nothing_runs_on_after_an_answer(receiver):
    before = threading.active_count()
    send(receiver.url, seconds=3600)
    time.sleep(0.1)
    assert threading.active_count() <= before


# -- what comes back --------------------------------------------------------------------------


def test_a_huge_body_is_read_to_a_small_part(raw):
    sent = []

    def pour(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n")
        for _ in range(1000):
            connection.sendall(b"x" * 1_000_000)
            sent.append(1)

    assert send(raw(pour)) == 200
    assert len(sent) < 100


HOSTILE = {
    "nothing": b"",
    "no HTTP": b"220 mail.example.com ESMTP\r\n",
    "a huge status line": b"HTTP/1.1 200 " + b"x" * 1_000_000 + b"\r\n\r\n",
    "a huge header": b"HTTP/1.1 200 OK\r\na: " + b"x" * 1_000_000 + b"\r\n\r\n",
    "a thousand headers": b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 1000 + b"\r\n",
    "a status that is none": b"HTTP/1.1 two-hundred OK\r\n\r\n",
    "a negative chunk": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
    "a chunk of no size": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nhello\r\n",
}


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_answer_is_an_error_of_a_known_kind(raw, answer):
    with pytest.raises((OSError, HTTPException, ValueError)):
        send(raw(writing(answer)))


# -- TLS --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """One that nobody has signed, for localhost. Made here: a key in a repository is no secret."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", folder / "key.pem", "-out", folder / "cert.pem"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names, *files]
    subprocess.run(made, check=True, capture_output=True)
    return folder


@pytest.fixture
def secure(neighbours, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    with receiving(tls=context) as receiver:
        yield receiver


@pytest.fixture
def trusted(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    transport._tls.cache_clear()
    yield
    transport._tls.cache_clear()


def test_a_certificate_that_nobody_vouches_for_is_not_accepted(secure):
    with pytest.raises(ssl.SSLCertVerificationError, match="self-signed"):
        send(secure.url.replace("127.0.0.1", "localhost"))
    assert secure.refused == []


def test_a_certificate_for_another_name_is_not_accepted(secure, trusted):
    with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
        send(secure.url)
    assert secure.refused == []


def test_a_certificate_is_held_against_the_name_although_the_address_is_asked(secure, trusted):
    assert send(secure.url.replace("127.0.0.1", "localhost")) == 401


def test_a_handshake_that_never_ends_is_cut_off_at_the_deadline(raw):
    url = raw(writing(*[b"\x16"] * 40, every=0.1)).replace("http:", "https:")
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        send(url, SECONDS)
    assert time.monotonic() - begun < WELL_AFTER


def test_an_answer_over_tls_is_cut_off_as_well(secure, trusted, monkeypatch):
    def drip(handler, *args):
        handler.close_connection = True
        for _ in range(40):
            time.sleep(0.1)
            handler.wfile.write(b"H")

    monkeypatch.setattr(secure, "take", drip)
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        send(secure.url.replace("127.0.0.1", "localhost"), SECONDS)
    assert time.monotonic() - begun < WELL_AFTER


def test_plain_http_behind_https_is_an_error(raw):
    url = raw(writing(b"HTTP/1.1 200 OK\r\n\r\n")).replace("http:", "https:")
    with pytest.raises(ssl.SSLError):
        send(url)
