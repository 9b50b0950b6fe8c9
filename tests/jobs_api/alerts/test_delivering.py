"""`send`: whatever a channel does, there is a `ChannelError` of one line, in time and without secrets."""

import dataclasses
import threading
import time

import pytest
from django.db import connections

from jobs_api.alerts import delivering
from jobs_api.alerts.channel import Channel, ChannelError
from jobs_api.alerts.composing import compose_test
from jobs_api.models import Token
from tests.conftest import NOON
from tests.jobs_api.outgoing.peers import ends

MESSAGE = compose_test("ops", NOON, id="alert-1")


class Own(Channel):
    """A channel of the host, which does what the test says."""

    options = {"KEY": str, "MORE": list}
    secrets = ("KEY", "MORE")
    does = staticmethod(lambda message, options, seconds: None)

    def faults(self, options):
        yield from ()

    def send(self, message, options, *, seconds):
        Own.does(message, options, seconds)


@pytest.fixture
def does(settings, monkeypatch):
    """``does(function)``: the channel "own" does this."""
    channel = {"TYPE": f"{__name__}.Own", "KEY": "s3cret-key", "MORE": ["s3cret-more"]}
    settings.JOBS_API = {"ALERTS": {"CHANNELS": {"own": channel, "other": channel}}}
    monkeypatch.setattr(delivering, "_hanging", {})
    return lambda function: monkeypatch.setattr(Own, "does", staticmethod(function))


def failing(error):
    def raises(message, options, seconds):
        raise error

    return raises


def why(channel="own", **options):
    with pytest.raises(ChannelError) as raised:
        delivering.send(channel, MESSAGE, **options)
    return raised.value


def test_a_channel_gets_the_message_its_own_options_and_a_time(does):
    calls = []
    does(lambda *arguments: calls.append(arguments))
    delivering.send("own", MESSAGE, seconds=5)
    ((message, options, seconds),) = calls
    assert message is MESSAGE
    assert options == {"KEY": "s3cret-key", "MORE": ["s3cret-more"]}
    assert 0 < seconds < 5


ERRORS = [
    (ChannelError("busy"), "busy"),
    (ChannelError("two\nlines\x1b[31m"), "two lines\\x1b[31m"),
    (ChannelError("cannot reach https://x.example/s3cret-key?a"), "cannot reach https://x.example/***?a"),
    (ChannelError("no s3cret-more"), "no ***"),
    (ChannelError("password=hunter2"), "password=***"),
    (ChannelError("x" * 900), "x" * 299 + "…"),
    (ValueError("s3cret-key"), "it raised ValueError"),
    (SystemExit(3), "it raised SystemExit"),
    (MemoryError(), "it raised MemoryError"),
    (TimeoutError("s3cret"), "it raised TimeoutError"),
]


@pytest.mark.parametrize(("error", "text"), ERRORS, ids=range(len(ERRORS)))
def test_whatever_it_raises_is_an_error_of_one_line_without_secrets(does, error, text):
    does(failing(error))
    assert str(why()) == text


def test_what_a_channel_says_of_the_next_try_is_kept(does):
    does(failing(ChannelError("busy", retry_after=30, for_good=True)))
    error = why()
    assert (error.retry_after, error.for_good) == (30, True)


def test_a_channel_that_nobody_has_configured_may_be_tomorrow(does):
    error = why("nobody")
    assert "no channel of this name" in str(error)
    assert error.for_good is False


def test_one_that_hangs_keeps_up_no_other(does):
    released, calls = threading.Event(), []

    def hangs(message, options, seconds):
        calls.append(1)
        if len(calls) == 1:
            released.wait(30)

    does(hangs)
    before = time.monotonic()
    assert str(why(seconds=0.1)) == "it did not take the message within 0.1 s"
    assert ends(lambda: calls)  # on a slow machine its thread calls the channel only now
    assert str(why(seconds=0.1)) == "an earlier try still hangs in this process"
    delivering.send("other", MESSAGE, seconds=5)
    assert time.monotonic() - before < 20
    released.set()
    assert ends(lambda: not any(thread.is_alive() for thread in delivering._hanging.values()))
    delivering.send("own", MESSAGE, seconds=5)
    assert len(calls) == 3


def test_a_fork_does_not_wait_for_threads_of_its_parent(does, monkeypatch):
    released = threading.Event()
    does(lambda *arguments: released.wait(30))
    why(seconds=0.1)
    monkeypatch.setattr("jobs_api.alerts.delivering.os.getpid", lambda: 1)
    assert str(why(seconds=0.1)) == "it did not take the message within 0.1 s"
    released.set()


def test_where_no_thread_can_be_started_it_is_an_error(does, monkeypatch):
    def cannot(*arguments):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", cannot)
    assert str(why()) == "the system starts no thread"


@pytest.mark.django_db(transaction=True)
def test_a_channel_may_use_the_database_and_leaves_no_connection(does):
    """A mail backend may put mails into a table."""
    opened = []

    def stores(message, options, seconds):
        Token.objects.create(name="from a channel", digest="x", created_at=NOON)
        opened.append(connections["default"])

    does(stores)
    delivering.send("own", MESSAGE)
    assert Token.objects.filter(name="from a channel").exists()
    assert all(each.connection is None for each in opened)


def test_a_message_cannot_be_changed_by_a_channel():
    with pytest.raises(dataclasses.FrozenInstanceError):
        MESSAGE.text = "other"
