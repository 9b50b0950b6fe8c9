"""Chats by apprise, through its service for JSON to a server of our own."""

import dataclasses
import json
import logging
import subprocess
import sys
from types import SimpleNamespace

import pytest

from jobs_api.alerts.channel import ChannelError
from jobs_api.alerts.channels.apprise import harmless
from jobs_api.alerts.composing import compose_test
from jobs_api.alerts.delivering import send
from tests.conftest import NOON
from tests.jobs_api.outgoing import peers
from tests.jobs_api.outgoing.peers import answers, peer


@pytest.fixture
def chat(settings):
    def configure(*urls, **keys):
        options = {"URL": urls[0]} if len(urls) == 1 else {"URLS": list(urls)}
        channel = {"TYPE": "apprise", **options, **keys}
        settings.JOBS_API = {"ALERTS": {"CHANNELS": {"chat": channel}}}

    return configure


def message(**fields):
    return dataclasses.replace(compose_test("chat", NOON, id="alert-7"), **fields)


def url(server):
    return f"json://127.0.0.1:{server.port}/s3cret"


def payload(request):
    return json.loads(request.partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize(
    ("severity", "kind"), [("error", "failure"), ("warning", "warning"), ("ok", "success"), ("odd", "info")]
)
def test_title_text_and_severity_are_sent(chat, severity, kind):
    with peer(answers()) as server:
        chat(url(server))
        send("chat", message(severity=severity, subject="nightly failed", text="one\n<b>two</b> & *three*"))
    found = payload(server.requests[0])
    assert (found["title"], found["type"]) == ("nightly failed", kind)
    assert found["message"].replace("\u200b", "") == "one\n<b>two</b> & *three*"


def test_each_url_gets_it_and_all_must_take_it(chat):
    with peer(answers()) as one, peer(answers()) as two:
        chat(url(one), url(two))
        send("chat", message())
        assert len(one.requests) == len(two.requests) == 1


def test_one_of_several_that_refuses_is_named_without_its_url(chat):
    with peer(answers()) as one, peer(answers("500 Oops", b"")) as two:
        chat(url(one), url(two))
        with pytest.raises(ChannelError) as raised:
            send("chat", message())
    assert str(raised.value) == "apprise could not deliver it: 1 of 2: JSON"


def test_a_redirect_is_not_followed(chat):
    with peer(answers()) as other, peer(answers("307 Elsewhere", b"", f"Location: {other.url}")) as server:
        chat(url(server))
        with pytest.raises(ChannelError):
            send("chat", message())
        assert other.requests == []


@pytest.mark.parametrize(
    ("event", "severity", "action"),
    [("opened", "error", "trigger"), ("reminder", "warning", "trigger"), ("recovered", "ok", "resolve")],
)
def test_a_recovery_resolves_what_pagerduty_was_told_and_wakes_nobody(
    chat, monkeypatch, event, severity, action
):
    sent = []

    def post(url, data, **options):
        sent.append(json.loads(data))
        return SimpleNamespace(status_code=202, content=b"")

    monkeypatch.setattr("apprise.plugins.pagerduty.requests.post", post)
    chat(f"pagerduty://{'k' * 32}@apikey")
    send("chat", message(id=f"alert-7-{event}", thread="alert-7", event=event, severity=severity))
    assert [(each["event_action"], each["dedup_key"]) for each in sent] == [(action, "alert-7")]


def test_a_key_that_the_url_names_is_kept(chat, monkeypatch):
    sent = []

    def post(url, data, **options):
        sent.append(json.loads(data))
        return SimpleNamespace(status_code=202, content=b"")

    monkeypatch.setattr("apprise.plugins.pagerduty.requests.post", post)
    chat(f"pagerduty://{'k' * 32}@apikey?dedup=mine")
    send("chat", message())
    assert sent[0]["dedup_key"] == "mine"


CALLS = [
    "@channel",
    "@everyone",
    "@here now",
    "(@team)",
    "<!channel>",
    "<!here|here>",
    "<@U024BE7LH>",
    "<@&1234>",
    "<#C024BE7LR>",
    "<https://evil.example.com|https://bank.example.com>",
    "[click](https://evil.example.com)",
    "![](https://evil.example.com/pixel.png)",
    "<script>alert(1)</script>",
    "</at>",
    "x@everyone",
    "1.@HERE!",
    "root@everyone.example.com",
    "user@1234",
]


@pytest.mark.parametrize("text", CALLS)
def test_what_a_command_wrote_calls_nobody_and_hides_no_link(text):
    found = harmless(text)
    assert found != text
    assert found.replace("\u200b", "") == text
    assert not any(
        mark in found.lower()
        for mark in ("@c", "@e", "@h", "@t", "@1", "<!", "<@", "<#", "<h", "](", "<s", "</")
    )


def test_a_word_of_a_caller_calls_nobody_in_discord(chat, monkeypatch):
    """In its format markdown apprise itself makes a call of what looks like one, wherever it stands."""
    import requests

    sent = []
    answer = SimpleNamespace(status_code=200, content=b"", text="", headers={})
    monkeypatch.setattr(requests, "post", lambda *args, data, **options: sent.append(data) or answer)
    chat("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?format=markdown")
    send("chat", message(text="x@everyone went silent, root@123456789012345678 too"))
    payload = json.loads(sent[0])
    assert "content" not in payload
    assert "allow_mentions" not in payload


@pytest.mark.parametrize(
    "text",
    [
        "ops@example.com",
        "ops@hereford.example",
        "a < b > c",
        "x @ y",
        "f(x)[0]",
        "[shop.example.com] nightly failed",
        "1 <2",
    ],
)
def test_other_text_stays_as_it_is(text):
    assert harmless(text) == text


def test_the_host_still_sees_what_its_own_use_of_apprise_logs(chat, caplog):
    import apprise

    caplog.set_level(logging.WARNING)
    with peer(answers("500 Oops", b"")) as server:
        chat(url(server))
        with pytest.raises(ChannelError):
            send("chat", message())
        assert caplog.records == []
        apprise.Apprise.instantiate(url(server)).notify("from the host")
        assert [record.name for record in caplog.records] == ["apprise"]


def test_a_process_that_ends_does_not_wait_for_a_chat_that_hangs(chat):
    """apprise sends in a pool of threads, which Python waits for at its end; we do not let it.

    And it is loaded only when it is needed.
    """
    code = """
import sys, django
from django.conf import settings
channels = {"chat": {"TYPE": "apprise", "URL": sys.argv[1]}}
settings.configure(INSTALLED_APPS=["jobs_api"], USE_TZ=True, JOBS_API={"ALERTS": {"CHANNELS": channels}})
django.setup()
from django.utils import timezone
from jobs_api.alerts.composing import compose_test
from jobs_api.alerts.channels.apprise import Apprise
from jobs_api.alerts.delivering import send
assert "apprise" not in sys.modules
own = Apprise.send
# Its own time is longer: else it ends by itself where the server takes a moment to begin.
Apprise.send = lambda *args, seconds: own(*args, seconds=30)
try:
    send("chat", compose_test("chat", timezone.now(), id="alert-7"), seconds=0.3)
except Exception as error:
    print(error, flush=True)
"""
    with peer(peers.DRIPPED_BODY) as server:
        ended = subprocess.run(
            [sys.executable, "-c", code, url(server)], capture_output=True, text=True, timeout=60
        )
    assert ended.stdout == "it did not take the message within 0.3 s\n"
    assert ended.stderr == ""
