import socket
from datetime import datetime, timedelta
from io import StringIO
from threading import Barrier, Thread
from time import sleep

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone
from gql.transport.exceptions import TransportQueryError

from crm.management.commands import send_order_reminders
from crm.models import Customer, Order, OrderStatus
from crm.patterns import in_batches
from crm.schema import schema

from ...factories import NOW, ago, customer, order, product
from ...mail_server import mail_server, send_through
from ...running import run

pytestmark = pytest.mark.django_db
DONE = "Order reminders processed!"
MOMENT = timedelta.resolution


def remind(**how):
    return run("send_order_reminders", **({"run_date": NOW} | how))


def pending(buyer=None, *, order_date=None, price="999.99"):
    placed_at = order_date or ago(days=1)
    return order(buyer, products={product(price=price): 1}, order_date=placed_at, status=OrderStatus.PENDING)


def reminded():
    return set(Order.objects.exclude(reminded_at=None).values_list("pk", flat=True))


@pytest.fixture
def server(settings):
    with mail_server(settings) as server:
        yield server


@pytest.fixture
def while_running(monkeypatch):
    """``while_running(action)`` does that once the orders are listed, before the first reminder."""

    def arrange(action):
        def after_it(items, **how):
            action()
            yield from in_batches(items, **how)

        monkeypatch.setattr(send_order_reminders, "in_batches", after_it)

    return arrange


# -- who gets what ----------------------------------------------------------------------------


def test_the_customer_of_a_pending_order_is_reminded(mailoutbox):
    placed = pending(customer(name="Alice Martin", email="alice@example.com"))
    assert remind() == (f"Order {placed.pk}: reminded.\nOrder reminders: 1 of 1 sent.\n{DONE}\n")
    [mail] = mailoutbox
    assert (mail.to, mail.subject) == (
        ["alice@example.com"],
        f"Your order {placed.pk} is waiting for payment",
    )
    assert mail.body.startswith("Hello Alice Martin,\n\n")
    assert (
        f"Your order {placed.pk} of 28 February 2026, 999.99 USD in total, is waiting for payment."
        in mail.body
    )
    assert "<strong>999.99 USD</strong>" in mail.alternatives[0][0]
    placed.refresh_from_db()
    assert placed.reminded_at == NOW


@pytest.mark.parametrize("status", [OrderStatus.PAID, OrderStatus.CANCELLED])
def test_an_order_that_is_settled_needs_no_reminder(mailoutbox, status):
    order(order_date=ago(days=1), status=status)
    assert remind() == f"Order reminders: 0 of 0 sent.\n{DONE}\n"
    assert mailoutbox == []


@pytest.mark.parametrize(
    ("age", "count"),
    [(timedelta(), 1), (-MOMENT, 0), (timedelta(days=7), 1), (timedelta(days=7) + MOMENT, 0)],
)
def test_seven_days_are_counted_back_from_the_slot(mailoutbox, age, count):
    pending(order_date=NOW - age)
    remind()
    assert len(mailoutbox) == count


@pytest.mark.parametrize("slot", ["2026-02-10T13:00Z", "2026-03-10T12:00Z", "2026-11-05T13:00Z"])
@pytest.mark.parametrize(
    ("age", "count"), [(timedelta(days=6, hours=23, minutes=30), 1), (timedelta(days=7, minutes=30), 0)]
)
def test_seven_days_do_not_shift_by_the_offset_of_the_zone(mailoutbox, settings, slot, age, count):
    """In New York, five hours from UTC: in winter, and in a week in which the clocks change."""
    settings.TIME_ZONE = "America/New_York"
    now = datetime.fromisoformat(slot)
    pending(order_date=now - age)
    with timezone.override("America/New_York"):
        remind(run_date=now)
    assert len(mailoutbox) == count


def test_a_customer_who_was_anonymised_is_skipped(mailoutbox):
    placed = pending()
    Customer.objects.anonymise(now=NOW)
    assert f"Order {placed.pk}: its customer has no address any more.\n" in remind()
    assert (mailoutbox, reminded()) == ([], set())


def test_a_name_cannot_become_a_header(mailoutbox):
    pending(customer(name="Eve\nBcc: all@example.com"))
    remind()
    message = mailoutbox[0].message()
    assert message["Bcc"] is None
    assert "Eve" not in str(message.items())


def test_the_output_names_nobody(mailoutbox):
    pending(customer(name="Alice Martin", email="alice@example.com"))
    assert not any(word in remind() for word in ("Alice", "Martin", "@"))


# -- once -------------------------------------------------------------------------------------


def test_on_seven_days_it_reminds_once(mailoutbox):
    pending(order_date=ago(minutes=1))
    said = [remind(run_date=NOW + timedelta(days=day)) for day in range(7)]
    assert len(mailoutbox) == 1
    assert all(DONE in text for text in said)


@pytest.mark.parametrize("settle", [lambda orders: orders.pay(now=NOW), lambda orders: orders.cancel()])
def test_an_order_that_is_settled_while_it_runs_is_left_alone(mailoutbox, while_running, settle):
    placed = pending()
    while_running(lambda: settle(Order.objects.all()))
    assert f"Order {placed.pk}: settled or reminded meanwhile.\n" in remind()
    assert (mailoutbox, reminded()) == ([], set())


@pytest.mark.django_db(transaction=True)
def test_two_at_once_send_one_reminder_per_order(mailoutbox, monkeypatch):
    for _ in range(3):
        pending()
    barrier, send_messages = Barrier(2), EmailBackend.send_messages
    monkeypatch.setattr(EmailBackend, "send_messages", lambda *mails: sleep(0.05) or send_messages(*mails))

    def together(items, **how):
        barrier.wait()  # both have listed the orders
        yield from in_batches(items, **how)

    def remind_and_close():
        try:
            remind()
        finally:
            connection.close()

    monkeypatch.setattr(send_order_reminders, "in_batches", together)
    threads = [Thread(target=remind_and_close) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(mailoutbox) == 3


# -- many -------------------------------------------------------------------------------------


def test_all_pages_are_read_before_the_first_reminder(mailoutbox):
    buyer, laptop = customer(), product()
    for _ in range(250):
        order(buyer, products={laptop: 1}, order_date=ago(days=1), status=OrderStatus.PENDING)
    assert "250 of 250 sent" in remind()
    assert len(mailoutbox) == len(reminded()) == 250


def test_all_mails_go_over_one_connection(server):
    for _ in range(3):
        pending()
    remind()
    assert (len(server.mails), server.connections) == (3, 1)


# -- when it fails ----------------------------------------------------------------------------


def test_a_refused_mail_leaves_its_order_for_the_next_try_and_the_others_go_on(server):
    addresses = ["a@example.com", "b@example.com", "c@example.com"]
    first, second, third = (pending(customer(email=address)) for address in addresses)
    server.refused = {"b@example.com"}
    out = StringIO()
    with pytest.raises(CommandError, match=r"not sent: 1\."):
        remind(out=out)
    assert server.receivers == ["a@example.com", "c@example.com"]
    assert reminded() == {first.pk, third.pk}
    assert f"Order {second.pk}: not sent (SMTPRecipientsRefused 550).\n" in out.getvalue()
    assert DONE not in out.getvalue()
    server.refused = set()
    assert remind() == f"Order {second.pk}: reminded.\nOrder reminders: 1 of 1 sent.\n{DONE}\n"


def test_without_a_mail_server_it_fails_at_once_and_marks_nothing(settings):
    for _ in range(3):
        pending()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and does not listen
        send_through(settings, closed.getsockname()[1])
        with pytest.raises(CommandError, match="The mail server cannot be used"):
            remind()
    assert reminded() == set()


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_a_process_that_ends_while_it_sends_leaves_the_order_unmarked(mailoutbox, monkeypatch, error):
    pending()

    def end(*_):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", end)
        with pytest.raises(error):
            remind()
    assert reminded() == set()
    assert "1 of 1 sent" in remind()


def test_without_an_answer_from_graphql_it_fails(mailoutbox, monkeypatch):
    def fail(*_, **__):
        raise ValueError("no orders today")

    monkeypatch.setattr(schema.graphql_schema.query_type.fields["allOrders"], "resolve", fail)
    with pytest.raises(TransportQueryError, match="no orders today"):
        remind()
