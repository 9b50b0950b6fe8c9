"""What every channel has to do, against servers that take a message, and others that do anything but.

A message is taken, or there is a `ChannelError` that says why in one line: in time, and without a secret.
"""

import logging
import threading
import time

import pytest

from jobs_api.alerts.channel import Channel, ChannelError
from jobs_api.alerts.channels import load, types
from jobs_api.alerts.composing import compose_test
from jobs_api.alerts.delivering import send
from jobs_api.alerts.message import Message
from tests.conftest import NOON
from tests.jobs_api.alerts.channels import smtp
from tests.jobs_api.outgoing import peers
from tests.jobs_api.outgoing.peers import answers, peer, writes

SECRET = "whsec_" + "c2VjcmV0" * 4
S3CRET = "s3cret"
SHORT = 0.4


def _mail(port, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "", ""
    settings.EMAIL_TIMEOUT = None  # Django's default: for ever
    return {"TYPE": "mail", "TO": ["ops@example.com"], "FROM": "jobs@example.com"}


def _webhook(port, settings):
    return {"TYPE": "webhook", "URL": f"http://127.0.0.1:{port}/{S3CRET}?key={S3CRET}", "SECRET": SECRET}


def _apprise(port, settings):
    return {"TYPE": "apprise", "URL": f"json://user:{S3CRET}@127.0.0.1:{port}/{S3CRET}"}


CHANNELS = {"mail": _mail, "webhook": _webhook, "apprise": _apprise}
HTTP = {
    "takes": answers("204 No Content", b""),
    "refuses a message": answers("400 Bad Request", b"no"),
    "is broken": answers("500 Oops", b"<html>"),
    "redirects": answers("302 Found", b"", "Location: /elsewhere"),
    "talks nonsense": writes(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "hangs": peers.hangs,
    "says nothing": peers.says_nothing,
    "drips a header": peers.DRIPPED_HEADER,
    "closes early": writes(b""),
}
SMTP = {
    "takes": smtp.speaks(),
    "refuses a message": smtp.speaks(end=b"554 Spam\r\n"),
    "is broken": smtp.speaks(hello=b"421 Too busy\r\n"),
    "redirects": smtp.speaks(RCPT=b"551 User not local; try <other@example.com>\r\n"),
    "talks nonsense": smtp.speaks(hello=b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "hangs": smtp.speaks(EHLO=b""),
    "says nothing": peers.says_nothing,
    "drips a header": smtp.drips,
    "closes early": smtp.hangs_up,
}
SERVERS = {"mail": SMTP, "webhook": HTTP, "apprise": HTTP}


def test_every_channel_is_tested_here():
    assert set(CHANNELS) == set(types())


@pytest.fixture(params=sorted(CHANNELS))
def kind(request):
    return request.param


@pytest.fixture
def configure(settings):
    """``configure("mail", port)``: the one channel "ops" sends there."""

    def one(kind, port, **keys):
        options = {**CHANNELS[kind](port, settings), **keys}
        settings.JOBS_API = {"ALERTS": {"CHANNELS": {"ops": options}}, "BASE_URL": "https://shop.example.com"}

    return one


def message(**fields):
    found = compose_test("ops", NOON, id="test-1")
    values = {name: getattr(found, name) for name in Message.__slots__}
    return Message(**{**values, **fields})


def why(**options):
    with pytest.raises(ChannelError) as raised:
        send("ops", message(), **options)
    text = str(raised.value)
    assert text
    assert S3CRET not in text
    assert SECRET not in text
    assert text.splitlines() == [text]
    assert len(text) <= 300
    return text


def test_a_message_that_is_taken_is_taken_once(kind, configure):
    with peer(SERVERS[kind]["takes"]) as server:
        configure(kind, server.port)
        send("ops", message())
        assert len(server.requests) == 1
        assert b"Nothing is wrong" in server.requests[0].replace(b"=\r\n", b"")  # as later Djangos fold it


@pytest.mark.parametrize(
    "server", ["refuses a message", "is broken", "redirects", "talks nonsense", "closes early"]
)
def test_a_server_that_does_not_take_it_is_an_error(kind, server, configure, caplog):
    caplog.set_level(logging.DEBUG)
    with peer(SERVERS[kind][server]) as other:
        configure(kind, other.port)
        why()
        assert len(other.requests) <= 1
    assert S3CRET not in caplog.text


@pytest.mark.parametrize("server", ["hangs", "says nothing", "drips a header"])
def test_a_server_that_does_not_answer_is_an_error_in_time(kind, server, configure):
    with peer(SERVERS[kind][server]) as other:
        configure(kind, other.port)
        before = time.monotonic()
        assert "within" in why(seconds=SHORT) or kind == "apprise"
        assert time.monotonic() - before < 20  # the server hangs for 30 s, and mail waits for ever by itself
    assert peers.ends(lambda: not _threads())


def _threads():
    return [each for each in threading.enumerate() if each.name.startswith("jobs_api-alert")]


def test_a_port_where_nobody_listens_is_an_error(kind, configure, caplog):
    caplog.set_level(logging.DEBUG)
    configure(kind, peers.closed_port())
    why()
    assert S3CRET not in caplog.text


def test_a_channel_that_hangs_has_one_thread_at_most(kind, configure):
    with peer(SERVERS[kind]["drips a header"]) as other:
        configure(kind, other.port)
        for _ in range(3):
            why(seconds=SHORT)
        assert len(_threads()) <= 1
    assert peers.ends(lambda: not _threads())
    with peer(SERVERS[kind]["takes"]) as server:
        configure(kind, server.port)
        send("ops", message())  # it works again


HOSTILE = (
    "\u202e<!channel> @everyone [click](http://evil.example.com) <script>*x*</script>\x00 ünï ☃ " + "x" * 9000
)


def test_a_message_that_holds_anything_is_taken(kind, configure):
    with peer(SERVERS[kind]["takes"]) as server:
        configure(kind, server.port)
        send("ops", message(subject=f"{HOSTILE}\r\nBcc: all@example.com", text=HOSTILE * 3))
        assert b"\nBcc:" not in server.requests[0]


def test_options_that_are_missing_are_an_error_that_points_to_the_check(kind, configure, settings):
    settings.JOBS_API = {"ALERTS": {"CHANNELS": {"ops": {"TYPE": kind}}}}
    assert "`manage.py check` shows what to correct" in why()


def test_options_are_described(kind):
    channel = load(kind)
    assert isinstance(channel, Channel)
    assert set(channel.required) <= set(channel.options)
    assert set(channel.secrets) <= set(channel.options)
