import smtplib
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.core.mail.backends.locmem import EmailBackend
from django.core.management.base import CommandError
from django.utils import timezone

from crm.management.commands.send_daily_digest import digest, waiting
from crm.models import OrderStatus, PaymentDifference, SentMail, Upload, UploadStatus, WebhookEndpoint

from ...factories import NOW, ago, customer, order, product
from ...running import run

pytestmark = pytest.mark.django_db
MOMENT = timedelta.resolution


def send(run_date=NOW):
    return run("send_daily_digest", run_date=run_date)


def colleagues(*names):
    return [User.objects.create_user(name, f"{name}@example.com", is_staff=True) for name in names]


def test_each_staff_user_gets_one_mail(mailoutbox):
    rosa, omar = colleagues("rosa", "omar")
    customer(created_at=ago(hours=3))
    assert send() == (
        f"User {rosa.pk}: mailed.\nUser {omar.pk}: mailed.\nDigest mails for 2026-02-28: 2 of 2 sent.\n"
    )
    assert [mail.to for mail in mailoutbox] == [["rosa@example.com"], ["omar@example.com"]]
    assert mailoutbox[0].subject == "CRM on 28 February 2026"


def test_it_shows_the_numbers_as_text_and_as_html(mailoutbox):
    colleagues("rosa")
    order(products={product(price="1234.50", stock=3): 1}, order_date=ago(hours=3))
    send()
    text, [(html, _)] = mailoutbox[0].body, mailoutbox[0].alternatives
    assert "Saturday, 28 February 2026" in text
    assert "Revenue: 1,234.50 USD" in text
    assert "products with fewer than 10 in stock: 1\n" in text
    assert "1,234.50 USD</td>" in html
    assert "uploads to look at</th>" in html


def test_the_next_slot_sends_again(mailoutbox):
    colleagues("rosa")
    for day in range(3):
        send(NOW + timedelta(days=day))
    assert [mail.subject for mail in mailoutbox] == [
        f"CRM on {day} 2026" for day in ("28 February", "1 March", "2 March")
    ]


def test_without_staff_there_is_nothing_to_do(mailoutbox):
    User.objects.create_user("shopper", "shopper@example.com")
    assert send() == (
        "No active staff user has an e-mail address.\nDigest mails for 2026-02-28: 0 of 0 sent.\n"
    )
    assert mailoutbox == []


def test_one_who_cannot_be_reached_does_not_keep_it_from_the_others(mailoutbox, monkeypatch):
    _, omar, _ = colleagues("rosa", "omar", "lea")
    send_messages = EmailBackend.send_messages

    def refuse_omar(backend, mails):
        if mails[0].to == ["omar@example.com"]:
            raise smtplib.SMTPRecipientsRefused({"omar@example.com": (550, b"unknown")})
        return send_messages(backend, mails)

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", refuse_omar)
        with pytest.raises(CommandError, match=r"not sent: 1\."):
            send()
    assert [mail.to[0] for mail in mailoutbox] == ["rosa@example.com", "lea@example.com"]
    assert f"User {omar.pk}: mailed." in send()  # a retry of the slot sends what is missing, and only that
    assert len(mailoutbox) == SentMail.objects.count() == 3


def test_the_numbers_are_computed_once_for_all(mailoutbox, django_assert_num_queries):
    """Noting a mail takes a SELECT and an INSERT, each in a savepoint within the test's transaction."""
    per_mail, whole = 6, 10
    for count in (1, 4):
        colleagues(*(f"user{count}{number}" for number in range(count)))
        users = User.objects.count()
        with django_assert_num_queries(whole + per_mail * users):
            send(NOW + timedelta(days=count))


def test_notes_of_mails_that_no_rerun_could_send_are_deleted():
    for number, sent_at in enumerate([ago(days=731), ago(days=730), ago(days=400)]):
        SentMail.objects.create(key=f"crm_report {number}", sent_at=sent_at)
    send()
    assert list(SentMail.objects.order_by("key").values_list("key", flat=True)) == [
        "crm_report 1",
        "crm_report 2",
    ]


# -- the numbers ----------------------------------------------------------------------------------


def test_it_counts_the_calendar_day_before():
    """NOW is two in the morning on the 1st of March."""
    alice = customer(created_at=ago(days=30))
    for age in (
        timedelta(hours=1),
        timedelta(hours=2),
        timedelta(hours=2, microseconds=1),
        timedelta(hours=27),
    ):
        customer(created_at=NOW - age)
        order(alice, products={product(price="10.00"): 1}, order_date=NOW - age)
    found = digest(now=NOW)
    assert found.day == date(2026, 2, 28)
    assert (found.customers, found.orders, found.revenue) == (1, 1, Decimal("10.00"))


def test_a_cancelled_order_is_an_order_and_no_revenue():
    order(products={product(price="10.00"): 1}, order_date=ago(hours=3), status=OrderStatus.CANCELLED)
    order(products={product(price="7.50"): 2}, order_date=ago(hours=3), status=OrderStatus.PENDING)
    found = digest(now=NOW)
    assert (found.orders, found.revenue) == (2, Decimal("15.00"))


def test_a_day_without_anything_has_a_digest_too():
    found = digest(now=NOW)
    assert (found.customers, found.orders, found.revenue) == (0, 0, Decimal(0))
    assert list(found.waiting.values()) == [0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("slot", "first", "end"),
    [
        # In New York, an ordinary day; the 23 hours when spring begins; the 25 when it ends.
        ("2026-03-03T12:00Z", "2026-03-02T05:00Z", "2026-03-03T05:00Z"),
        ("2026-03-09T11:00Z", "2026-03-08T05:00Z", "2026-03-09T04:00Z"),
        ("2026-11-02T12:00Z", "2026-11-01T04:00Z", "2026-11-02T05:00Z"),
    ],
)
def test_the_day_is_that_of_the_settings_zone_however_long_it_is(slot, first, end):
    first, end = datetime.fromisoformat(first), datetime.fromisoformat(end)
    for moment in (first - MOMENT, first, end - MOMENT, end):
        customer(created_at=moment)
    with timezone.override("America/New_York"):
        assert digest(now=datetime.fromisoformat(slot)).customers == 2


def test_a_naive_slot_is_refused():
    with pytest.raises(ValueError, match="has no time zone"):
        digest(now=datetime(2026, 3, 1))  # noqa: DTZ001


def test_it_says_what_waits_for_a_person():
    alice = customer()
    pending = order(
        alice, products={product(stock=10): 1}, status=OrderStatus.PENDING, order_date=ago(days=90)
    )
    order(alice, products={product(stock=9): 1}, status=OrderStatus.PAID)
    for status, checked_at in (
        (UploadStatus.PENDING, None),
        (UploadStatus.PENDING, NOW),
        (UploadStatus.APPROVED, NOW),
    ):
        reason = "unsure" if checked_at else ""
        Upload.objects.create(customer=alice, text="Hi", status=status, checked_at=checked_at, reason=reason)
    for charge, resolved_at in (("ch_1", None), ("ch_2", NOW)):
        PaymentDifference.objects.create(
            kind="amount", order=pending, charge_id=charge, detail="?", found_at=NOW, resolved_at=resolved_at
        )
    WebhookEndpoint.objects.create(url="https://example.com/on")
    WebhookEndpoint.objects.create(url="https://example.com/off", disabled_at=NOW, disabled_reason="gone")
    assert waiting() == {
        "orders not paid yet": 1,
        "products with fewer than 10 in stock": 1,
        "uploads to look at": 1,
        "payment differences to settle": 1,
        "webhook endpoints disabled": 1,
    }
