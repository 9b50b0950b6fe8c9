import json
import socket

import pytest
from django.utils import timezone

from crm.webhooks.sending import Unanswered, send

from ..factories import delivery, endpoint
from ..receiver import receiving
from .raw import writing, writing_and_waiting

pytestmark = pytest.mark.django_db


def test_the_receiver_finds_the_signature_right(receiver):
    sent = delivery(receiver.endpoint(), number=7)
    assert send(sent) == 204
    (message,) = receiver.messages
    assert message.payload == sent.payload
    assert json.loads(message.body)["data"] == {"id": 7}


def test_the_headers_are_those_of_standard_webhooks(receiver):
    sent = delivery(receiver.endpoint())
    send(sent)
    headers = receiver.messages[0].headers
    assert headers["webhook-id"] == str(sent.message_id)
    assert abs(int(headers["webhook-timestamp"]) - timezone.now().timestamp()) < 60
    assert headers["webhook-signature"].startswith("v1,")
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"].startswith("crm-webhooks")


def test_the_server_may_stand_in_any_zone(receiver, settings):
    settings.TIME_ZONE = "America/New_York"
    send(delivery(receiver.endpoint()))
    assert len(receiver.messages) == 1


def test_a_receiver_with_another_secret_refuses(receiver):
    hook = receiver.endpoint()
    receiver.secrets[:] = [endpoint().secret]
    assert send(delivery(hook)) == 401
    assert receiver.messages == []


def test_a_repeat_has_the_same_id(receiver):
    sent = delivery(receiver.endpoint())
    send(sent)
    send(sent)
    assert {message.id for message in receiver.messages} == {str(sent.message_id)}


def test_letters_outside_ascii_arrive(receiver):
    sent = delivery(receiver.endpoint(), payload={"data": {"name": "Zoë ☃"}})
    send(sent)
    assert receiver.messages[0].payload == sent.payload


# -- where it goes ----------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["hooks.example.com", "127.0.0.2", "localhost", "127.0.0.1.example.com"])
def test_a_host_that_is_not_named_in_the_settings_is_not_asked(receiver, host):
    """Also one that was named when the endpoint was saved."""
    receiver.secrets.append("whsec_")
    elsewhere = endpoint(receiver.url.replace("127.0.0.1", host))
    with pytest.raises(Unanswered, match=f"^{host} is not a host that CRM_WEBHOOK_HOSTS allows"):
        send(delivery(elsewhere))
    assert receiver.messages == receiver.refused == []


@pytest.mark.parametrize("trick", ["http://{}\\@127.0.0.1/", "http://{}#@127.0.0.1/", "http://127.0.0.1@{}/"])
def test_a_url_that_two_libraries_read_differently_leads_nowhere_else(receiver, settings, trick):
    settings.CRM_WEBHOOK_HOSTS = ["127.0.0.1"]
    with receiving("127.0.0.2") as inside:
        with pytest.raises(Unanswered, match=r"^127\.0\.0\.2 is not a host"):
            send(delivery(endpoint(trick.format(inside.url.removeprefix("http://")))))
        assert inside.refused == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_not_followed(raw, status):
    with receiving() as inside:
        line = f"HTTP/1.1 {status} Elsewhere\r\nlocation: {inside.url}/admin\r\n\r\n"
        assert send(delivery(endpoint(raw(writing(line.encode()))))) == status
    assert inside.refused == []


# -- what can go wrong ------------------------------------------------------------------------


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1:{closed}/", "NewConnectionError"),
        ("https://127.0.0.1:{plain}/", "SSLError"),
        ("http://nobody.invalid/", "NameResolutionError"),
        ("http://127.0.0.1:99999/", "InvalidURL"),
    ],
)
def test_what_went_wrong_is_said_in_few_words(receiver, settings, url, why):
    settings.CRM_WEBHOOK_HOSTS = ["127.0.0.1", ".invalid"]
    plain = receiver.url.rpartition(":")[2]
    with pytest.raises(Unanswered, match=rf"^no answer \({why}\)$"):
        send(delivery(endpoint(url.format(closed=closed_port(), plain=plain))))


def test_a_silent_endpoint_is_waited_for_as_long_as_the_settings_say(receiver, settings):
    settings.CRM_WEBHOOK_TIMEOUT = 0.2
    receiver.otherwise = lambda handler: handler.rfile.read(1)
    with pytest.raises(Unanswered, match=r"^no answer within 0\.2 s$"):
        send(delivery(receiver.endpoint()))


ENDLESS = {
    "a body without end": writing(b"HTTP/1.1 200 OK\r\n\r\n", *[b"b"] * 400, every=0.1),
    "a body that stops": writing_and_waiting(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nb"),
    "a huge body": writing(b"HTTP/1.1 200 OK\r\n\r\n", *[b"b" * 1_000_000] * 100),
}


@pytest.mark.parametrize("answer", ENDLESS.values(), ids=ENDLESS)
def test_the_body_of_an_answer_is_not_waited_for(raw, settings, answer):
    settings.CRM_WEBHOOK_TIMEOUT = 20  # for the line that is waited for, on a slow machine
    assert send(delivery(endpoint(raw(answer)))) == 200


HOSTILE = {
    "nothing": b"",
    "no HTTP": b"220 <script>\r\n",
    "a huge status line": b"HTTP/1.1 200 " + b"x" * 1_000_000 + b"\r\n\r\n",
    "a huge header": b"HTTP/1.1 200 OK\r\na: " + b"x" * 1_000_000 + b"\r\n\r\n",
    "a thousand headers": b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 1000 + b"\r\n",
    "a status that is none": b"HTTP/1.1 <script> OK\r\n\r\n",
}


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE)
def test_of_what_is_no_answer_nothing_is_kept(raw, answer):
    with pytest.raises(Unanswered, match=r"^no answer \(\w+\)$"):
        send(delivery(endpoint(raw(writing(answer)))))
