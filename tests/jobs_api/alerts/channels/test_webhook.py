"""Webhooks are signed as Standard Webhooks says; the receivers' own library verifies them here."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from jobs_api.alerts.channel import ChannelError
from jobs_api.alerts.channels.webhook import keys, signed
from jobs_api.alerts.composing import compose_test
from jobs_api.alerts.delivering import send
from tests.conftest import NOON
from tests.jobs_api.outgoing.peers import answers, peer

OLD, NEW = "whsec_" + "b2xkb2xk" * 4, "whsec_" + "bmV3bmV3" * 4


@pytest.fixture
def hook(settings):
    """``hook(url)``: the channel "hook" sends there."""

    def configure(url, secret=NEW):
        channel = {"TYPE": "webhook", "URL": url, "SECRET": secret}
        settings.JOBS_API = {"ALERTS": {"CHANNELS": {"hook": channel}}}

    return configure


def message(id="alert-1"):
    return compose_test("hook", NOON, id=id)


def split(request):
    head, _, body = request.partition(b"\r\n\r\n")
    lines = (line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    return {name.lower(): value for name, value in lines}, body


def received(hook, secret=NEW):
    with peer(answers()) as server:
        hook(server.url, secret)
        send("hook", message())
    return split(server.requests[0])


def test_the_receivers_library_takes_it(hook):
    headers, body = received(hook)
    payload = Webhook(NEW).verify(body, headers)
    assert payload["type"] == "alert.test"
    assert datetime.fromisoformat(payload["timestamp"]) == NOON
    assert payload["data"]["id"] == headers["webhook-id"] == "alert-1"
    assert payload["data"]["title"] == message().subject
    assert headers["content-type"] == "application/json"


@pytest.mark.parametrize("secret", [f"{NEW},{OLD}", f" {OLD} , {NEW} "])
@pytest.mark.parametrize("receivers", [OLD, NEW])
def test_while_a_secret_is_rotated_both_are_good(hook, secret, receivers):
    headers, body = received(hook, secret)
    assert Webhook(receivers).verify(body, headers)


def test_with_another_secret_it_is_refused(hook):
    headers, body = received(hook)
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(body, headers)


def test_our_signature_is_the_one_that_the_library_makes():
    at = datetime.now(UTC) - timedelta(seconds=7)
    body = json.dumps({"ünï": "☃"}).encode()
    ours = signed("alert-1", body, NEW, at=at.timestamp())
    assert ours["webhook-signature"] == Webhook(NEW).sign("alert-1", at, body.decode())
    assert ours["webhook-timestamp"] == str(int(at.timestamp()))


def test_each_try_has_the_same_id_and_a_signature_of_its_time(hook, monkeypatch):
    seen = []
    with peer(answers()) as server:
        hook(server.url)
        for now in (1_800_000_000, 1_800_003_600):
            at = datetime.fromtimestamp(now, UTC)
            monkeypatch.setattr("jobs_api.alerts.channels.webhook.clock.estimate", lambda at=at: at)
            send("hook", message())
        seen = [split(request)[0] for request in server.requests]
    assert seen[0]["webhook-id"] == seen[1]["webhook-id"]
    assert [each["webhook-timestamp"] for each in seen] == ["1800000000", "1800003600"]
    assert seen[0]["webhook-signature"] != seen[1]["webhook-signature"]


ANSWERS = [
    ("200 OK", (), None),
    ("201 Created", (), None),
    ("204 No Content", (), None),
    ("301 Moved", ("Location: /x",), ("redirect (301)", None, False)),
    ("308 Permanent Redirect", ("Location: /x",), ("redirect (308)", None, False)),
    ("400 Bad Request", (), ("it answered 400", None, False)),
    ("401 Unauthorized", (), ("does not accept the signature", None, False)),
    ("403 Forbidden", (), ("does not accept the signature", None, False)),
    ("404 Not Found", (), ("it answered 404", None, False)),
    ("410 Gone", (), ("does not exist any more", None, True)),
    ("429 Too Many Requests", ("Retry-After: 120",), ("it answered 429", 120, False)),
    ("429 Too Many Requests", (), ("it answered 429", None, False)),
    ("500 Oops", ("Retry-After: 120",), ("it answered 500", None, False)),
    ("503 Busy", ("Retry-After: 9999999",), ("it answered 503", 86400, False)),
]


@pytest.mark.parametrize(("status", "headers", "error"), ANSWERS, ids=range(len(ANSWERS)))
def test_2xx_means_that_it_was_taken_and_nothing_else_does(hook, status, headers, error):
    with peer(answers(status, b"", *headers)) as server:
        hook(server.url)
        if error is None:
            send("hook", message())
            return
        with pytest.raises(ChannelError) as raised:
            send("hook", message())
    text, wait, for_good = error
    assert text in str(raised.value)
    assert (raised.value.retry_after, raised.value.for_good) == (wait, for_good)


@pytest.mark.parametrize(
    ("secret", "valid"),
    [
        (NEW, [True]),
        (f"{NEW},{OLD}", [True, True]),
        (NEW.rstrip("="), [True]),
        ("whsec_" + "YQ" * 12, [False]),  # 18 bytes
        ("whsec_" + "YWFh" * 22, [False]),  # 66 bytes
        ("whsec_not base64 at all, is it?", [False, False]),
        ("whsec_ünï", [False]),
        ("plain", [False]),
        ("", []),
    ],
)
def test_a_secret_is_what_the_specification_says(secret, valid):
    assert [key is not None for key in keys(secret)] == valid
