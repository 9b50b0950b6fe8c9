from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from crm.digest import digest, waiting
from crm.models import OrderStatus, PaymentDifference, Upload, UploadStatus, WebhookEndpoint

from .factories import NOW, ago, customer, order, product

pytestmark = pytest.mark.django_db
MOMENT = timedelta.resolution


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
