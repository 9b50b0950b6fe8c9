import smtplib
import socket
from datetime import datetime, timedelta, timezone
from threading import Barrier, Thread
from time import sleep

import pytest
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.core.management.base import CommandError
from django.db import connection, transaction

from crm.mailing import Mailer, compose, key, reachable_staff, reason
from crm.models import SentMail

from .factories import NOW
from .mail_server import mail_server, send_through


@pytest.fixture
def said():
    return []


@pytest.fixture
def mailer(said):
    with Mailer(said.append) as mailer:
        yield mailer


@pytest.fixture
def server(settings):
    with mail_server(settings) as server:
        yield server


@pytest.fixture
def backend(monkeypatch):
    """``backend(function)`` puts another way to send in the place of the test's own."""
    return lambda send: monkeypatch.setattr(EmailBackend, "send_messages", send)


def mail(to="alice@example.com"):
    return EmailMessage("Hello", "How are you?", to=[to])


def fail(error):
    def send(*_):
        raise error

    return send


# -- once -------------------------------------------------------------------------------------


def test_a_mail_is_sent_and_noted(db, mailer, mailoutbox):
    assert mailer.send_once("greeting", mail(), now=NOW)
    assert [sent.to for sent in mailoutbox] == [["alice@example.com"]]
    assert SentMail.objects.values_list("key", "sent_at").get() == ("greeting", NOW)


def test_a_second_one_with_the_same_key_is_not_sent(db, mailer, mailoutbox):
    assert [mailer.send_once("greeting", mail(), now=NOW) for _ in range(3)] == [True, False, False]
    assert len(mailoutbox) == 1


@pytest.mark.parametrize(
    "error", [smtplib.SMTPServerDisconnected, TimeoutError, SystemExit, KeyboardInterrupt]
)
def test_a_mail_that_does_not_go_out_is_sent_by_the_next_try(db, mailer, mailoutbox, monkeypatch, error):
    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", fail(error()))
        with pytest.raises(error):
            mailer.send_once("greeting", mail(), now=NOW)
    assert not SentMail.objects.exists()
    assert mailer.send_once("greeting", mail(), now=NOW)
    assert len(mailoutbox) == 1


def test_a_backend_that_sends_nothing_and_says_nothing_has_failed(db, mailer, backend, said):
    backend(lambda *_: 0)
    with mailer.trying("Alice"):
        mailer.send_once("greeting", mail(), now=NOW)
    assert said == ["Alice: not sent (NotSent)."]
    assert not SentMail.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_send_one_mail(mailoutbox, backend):
    barrier, outcome, send_messages = Barrier(2), [], EmailBackend.send_messages
    backend(lambda *mails: sleep(0.2) or send_messages(*mails))

    def send():
        try:
            with Mailer(print) as mailer:
                barrier.wait()
                outcome.append(mailer.send_once("greeting", mail(), now=NOW))
        finally:
            connection.close()

    threads = [Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcome) == [False, True]
    assert len(mailoutbox) == 1


@pytest.mark.django_db(transaction=True)
def test_a_mail_is_never_part_of_a_larger_transaction_that_could_be_rolled_back(mailer):
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        mailer.send_once("greeting", mail(), now=NOW)


@pytest.mark.django_db(transaction=True)
def test_no_transaction_waits_for_a_connection_to_the_mail_server(mailer, monkeypatch):
    waiting = []
    monkeypatch.setattr(EmailBackend, "open", lambda _: waiting.append(connection.in_atomic_block))
    with mailer.trying("Alice"):
        mailer.send_once("greeting", mail(), now=NOW)
    assert waiting == [False]


def test_a_key_names_the_instant_however_it_is_written():
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5)))
    assert (
        key("report", elsewhere, "a@b") == key("report", NOW, "a@b") == "report 2026-03-01T02:00:00+00:00 a@b"
    )


def test_a_key_for_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="has no time zone"):
        key("report", datetime(2026, 3, 1), "a@b")  # noqa: DTZ001


# -- many -------------------------------------------------------------------------------------


def send_to(mailer, *addresses):
    for address in addresses:
        with mailer.trying(f"Mail to {address[0]}"):
            mailer.send(mail(address))


def test_many_mails_share_one_connection(server, mailer):
    send_to(mailer, "a@example.com", "b@example.com", "c@example.com")
    mailer.finish()
    assert (server.receivers, server.connections) == (["a@example.com", "b@example.com", "c@example.com"], 1)


def test_a_refused_mail_does_not_stop_the_others_and_fails_the_job(server, mailer, said):
    server.refused = {"b@example.com"}
    send_to(mailer, "a@example.com", "b@example.com", "c@example.com")
    assert server.receivers == ["a@example.com", "c@example.com"]
    assert said == ["Mail to b: not sent (SMTPRecipientsRefused 550)."]  # and no address
    with pytest.raises(CommandError, match=r"not sent: 1\."):
        mailer.finish()


def test_a_server_that_hangs_up_is_called_again(server, mailer, said):
    server.mails_per_connection = 1
    send_to(mailer, "a@example.com", "b@example.com", "c@example.com")
    assert server.receivers == ["a@example.com", "c@example.com"]
    assert said == ["Mail to b: not sent (SMTPServerDisconnected)."]


def test_without_a_mail_server_nothing_is_tried(settings, said):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and does not listen
        send_through(settings, closed.getsockname()[1])
        with pytest.raises(
            CommandError, match=r"The mail server cannot be used: .*refused\. Is EMAIL_URL right\?"
        ):
            send_to(Mailer(said.append), "a@example.com", "b@example.com")
    assert said == []


@pytest.mark.parametrize(
    "address", ["a@b.c\nBcc: d@e.f", "a@b.c\r\nX: y", "nobody <a@b.c\n>", "a@b.c, d@e.f"]
)
def test_an_address_cannot_bring_headers_or_more_receivers(server, mailer, said, address):
    send_to(mailer, address)
    assert server.mails == []
    assert len(said) == 1


def test_a_reason_does_not_repeat_what_may_name_a_person():
    refused = smtplib.SMTPRecipientsRefused({"alice@example.com": (550, b"alice@example.com is unknown")})
    sender = smtplib.SMTPSenderRefused(530, b"alice", "alice@example.com")
    assert [reason(error) for error in (refused, sender, ValueError("alice@example.com"))] == [
        "SMTPRecipientsRefused 550",
        "SMTPSenderRefused 530",
        "ValueError",
    ]


# -- how they look ----------------------------------------------------------------------------


def test_a_mail_has_a_text_and_an_html_part(settings):
    settings.DEFAULT_FROM_EMAIL = "shop@example.com"
    order = {"pk": 5, "name": "Zoë O'Neill <b>", "amount": 1234.5, "ordered_at": NOW}
    made = compose("reminder", {"order": order}, subject="Order 5", to="zoe@example.com")
    assert (made.from_email, made.to, made.subject) == ("shop@example.com", ["zoe@example.com"], "Order 5")
    assert "Hello Zoë O'Neill <b>," in made.body
    assert "Your order 5 of 1 March 2026, 1,234.50 USD in total, is" in made.body
    [(html, kind)] = made.alternatives
    assert kind == "text/html"
    assert "Hello Zoë O&#x27;Neill &lt;b&gt;," in html
    assert made.message().get_content_type() == "multipart/alternative"


# -- who of the staff gets mail -------------------------------------------------------------------


@pytest.mark.django_db
def test_active_staff_users_with_an_address_are_reachable():
    rosa = User.objects.create_user("rosa", "rosa@example.com", is_staff=True)
    omar = User.objects.create_user("omar", "omar@example.com", is_staff=True)
    User.objects.create_user("gone", "gone@example.com", is_staff=True, is_active=False)
    User.objects.create_user("silent", "", is_staff=True)
    User.objects.create_user("shopper", "shopper@example.com")
    assert reachable_staff() == [(rosa.pk, "rosa@example.com"), (omar.pk, "omar@example.com")]
