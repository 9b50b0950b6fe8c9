import json
import socket

import pytest
from django.utils import timezone

from crm.webhooks.sending import Unanswered, send

from ..factories import delivery, endpoint

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


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1:{closed}/", "Connection refused"),
        ("https://127.0.0.1:{plain}/", "SSL"),
        ("http://127.0.0.1:22/", "Port 22 is not for webhooks"),
    ],
)
def test_what_went_wrong_is_said_in_few_words(receiver, url, why):
    plain = receiver.url.rpartition(":")[2]
    with pytest.raises(Unanswered, match=why):
        send(delivery(endpoint(url.format(closed=closed_port(), plain=plain))))


def test_a_name_that_nobody_knows_is_an_error_of_this_try(monkeypatch):
    def unknown(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Unanswered, match="Name or service not known"):
        send(delivery())


def test_a_private_address_is_not_asked(receiver, settings):
    settings.CRM_WEBHOOK_ALLOW_PRIVATE = False
    with pytest.raises(Unanswered, match="not public"):
        send(delivery(receiver.endpoint()))
    assert receiver.messages == receiver.refused == []


def test_the_deadline_is_that_of_the_settings(receiver, settings):
    settings.CRM_WEBHOOK_TIMEOUT = 0.2
    receiver.otherwise = lambda handler: handler.rfile.read(1)
    with pytest.raises(Unanswered, match=r"^no whole answer within 0\.2 s$"):
        send(delivery(receiver.endpoint()))


@pytest.mark.parametrize(
    "answer", [b"220 <script>\r\n", b"HTTP/1.1 200\r\ntransfer-encoding: chunked\r\n\r\n-5\r\n<script>"]
)
def test_nothing_that_the_endpoint_wrote_is_kept(receiver, answer):
    def babble(handler):
        handler.wfile.write(answer)
        handler.close_connection = True

    receiver.otherwise = babble
    with pytest.raises(Unanswered, match=r"^no HTTP answer \((BadStatusLine|ValueError)\)$"):
        send(delivery(receiver.endpoint()))
