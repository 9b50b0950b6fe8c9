"""Mail by the host's own backend, in threads that mail programs understand."""

import dataclasses
import smtplib

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from jobs_api.alerts.channel import ChannelError
from jobs_api.alerts.composing import compose_test
from jobs_api.alerts.delivering import send
from tests.conftest import NOON
from tests.jobs_api.alerts.channels import smtp
from tests.jobs_api.outgoing import peers
from tests.jobs_api.outgoing.peers import peer


@pytest.fixture
def ops(settings):
    def configure(base_url="https://shop.example.com", **keys):
        channel = {"TYPE": "mail", "TO": ["ops@example.com", "anna@example.com"], **keys}
        settings.JOBS_API = {"ALERTS": {"CHANNELS": {"ops": channel}}, "BASE_URL": base_url}

    configure()
    return configure


def message(**fields):
    return dataclasses.replace(compose_test("ops", NOON, id="alert-7"), **fields)


def why():
    with pytest.raises(ChannelError) as raised:
        send("ops", message())
    return str(raised.value)


def test_all_addresses_get_one_mail_that_no_machine_answers(ops, settings):
    settings.DEFAULT_FROM_EMAIL = "Shop <shop@example.com>"
    send("ops", message())
    (sent,) = mail.outbox
    assert sent.to == ["ops@example.com", "anna@example.com"]
    assert sent.from_email == "Shop <shop@example.com>"
    headers = sent.message()
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Message-ID"] == "<alert-7@shop.example.com>"
    assert headers["In-Reply-To"] is None
    assert headers.get_content_type() == "text/plain"


def test_a_message_that_has_a_page_is_sent_as_both(ops):
    send("ops", message(html="<p>It <b>failed</b></p>"))
    sent = mail.outbox[0].message()
    assert sent.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in sent.get_payload()] == ["text/plain", "text/html"]


def test_the_sender_of_the_channel_is_used(ops):
    ops(FROM="Jobs <jobs@example.com>")
    send("ops", message())
    assert mail.outbox[0].from_email == "Jobs <jobs@example.com>"


def test_what_follows_belongs_to_the_thread_of_the_first_mail(ops):
    send("ops", message())
    send("ops", message(id="alert-7-recovered-1", thread="alert-7"))
    first, second = (sent.message() for sent in mail.outbox)
    assert second["In-Reply-To"] == second["References"] == first["Message-ID"]
    assert second["Message-ID"] != first["Message-ID"]


@pytest.mark.parametrize(
    ("base_url", "sender", "domain"),
    [
        ("https://shop.example.com:8443/x", "jobs@example.com", "shop.example.com"),
        ("", "Jobs <jobs@mail.example.com>", "mail.example.com"),
        ("", "jobs@localhost", "localhost"),
        ("", "jobs@exämple.com", "jobs-api.invalid"),
    ],
)
def test_the_id_is_of_this_site(ops, base_url, sender, domain):
    ops(base_url, FROM=sender)
    send("ops", message())
    assert mail.outbox[0].message()["Message-ID"] == f"<alert-7@{domain}>"


def test_a_subject_makes_no_header_and_a_text_no_second_mail(ops):
    send("ops", message(subject="one\r\nBcc: all@example.com", text=".\r\nQUIT\r\n"))
    sent = mail.outbox[0].message()
    assert sent["Bcc"] is None
    assert sent["Subject"] == "one\\x0d Bcc: all@example.com"


# -- the mail server ----------------------------------------------------------------------------

REFUSALS = [
    ({"RCPT": b"550 No such user\r\n"}, "the mail server refused every recipient (550)"),
    ({"RCPT": b"450 Greylisted\r\n"}, "the mail server refused every recipient (450)"),
    ({"MAIL": b"553 Sender?\r\n"}, "the mail server refused the sender (553)"),
    ({"end": b"554 Spam: s3cret\r\n"}, "the mail server refused the message (554)"),
    ({"DATA": b"452 Full\r\n"}, "the mail server refused the message (452)"),
    ({"hello": b"554 Go away\r\n"}, "the mail server refused the connection (554)"),
]


@pytest.fixture
def server(ops, settings):
    def use(port):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, None

    return use


@pytest.mark.parametrize(("replies", "text"), REFUSALS, ids=range(len(REFUSALS)))
def test_a_refusal_says_what_was_refused_with_its_code(server, replies, text):
    with peer(smtp.speaks(**replies)) as other:
        server(other.port)
        assert why() == text


def test_a_login_that_is_refused_says_so_without_the_password(server, settings):
    replies = {"EHLO": b"250-mail\r\n250 AUTH PLAIN\r\n", "AUTH": b"535 s3cret is wrong\r\n"}
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "jobs", "s3cret"
    with peer(smtp.speaks(**replies)) as other:
        server(other.port)
        assert why() == "the mail server refused the login (535)"


def test_one_recipient_that_is_refused_keeps_the_mail_from_no_other(server):
    answers = iter([b"550 No such user\r\n", b"250 OK\r\n"])

    class Alternating(dict):
        def get(self, verb, default):
            return next(answers) if verb == b"RCPT" else super().get(verb, default)

    with peer(smtp.speaks_from(Alternating(smtp.REPLIES))) as other:
        server(other.port)
        send("ops", message())
        assert len(other.requests) == 1


def test_a_name_that_cannot_be_resolved_says_so(server, settings):
    server(25)
    settings.EMAIL_HOST = "mail.invalid"
    assert why() == "mail server: the name of its host cannot be resolved"


def test_a_port_where_nobody_listens_says_so(server):
    server(peers.closed_port())
    assert why() == "mail server: the connection was refused"


class TakesNothing(EmailBackend):
    def send_messages(self, messages):
        return 0


class Raises(EmailBackend):
    def send_messages(self, messages):
        raise smtplib.SMTPException("s3cret")


class RaisesItsOwn(EmailBackend):
    def send_messages(self, messages):
        raise RuntimeError("s3cret")


@pytest.mark.parametrize(
    ("backend", "text"),
    [
        (TakesNothing, "the mail backend took nothing"),
        (Raises, "mail server: it broke off (SMTPException)"),
        (RaisesItsOwn, "it raised RuntimeError"),
    ],
)
def test_a_backend_of_the_host_may_do_anything(ops, settings, backend, text):
    settings.EMAIL_BACKEND = f"{__name__}.{backend.__name__}"
    assert why() == text
