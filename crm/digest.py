"""What the staff reads in the morning: the day before, and what waits for a person."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone

from crm.clock import aware, start_of
from crm.models import Customer, Order, OrderStatus, PaymentDifference, Product, Upload, WebhookEndpoint
from crm.models.order import IS_LOW, LOW_STOCK


class Digest(NamedTuple):
    """The numbers of one calendar day, and how many of each kind wait now."""

    day: date
    customers: int
    orders: int
    revenue: Decimal
    waiting: dict[str, int]


def digest(*, now: datetime) -> Digest:
    """Of the day before `now` in the current time zone, whether it had 23, 24 or 25 hours."""
    today = timezone.localtime(aware(now)).date()
    day = today - timedelta(days=1)
    start, end = start_of(day), start_of(today)
    orders = Order.objects.filter(order_date__gte=start, order_date__lt=end)
    return Digest(
        day=day,
        customers=Customer.objects.filter(created_at__gte=start, created_at__lt=end).count(),
        orders=orders.count(),
        revenue=orders.revenue(),
        waiting=waiting(),
    )


def waiting() -> dict[str, int]:
    """What somebody should look at, and how many there are of it; nothing is left out for being 0."""
    return {
        "orders not paid yet": Order.objects.filter(status=OrderStatus.PENDING).count(),
        f"products with fewer than {LOW_STOCK} in stock": Product.objects.filter(IS_LOW).count(),
        "uploads to look at": Upload.objects.for_a_person().count(),
        "payment differences to settle": PaymentDifference.objects.filter(resolved_at=None).count(),
        "webhook endpoints disabled": WebhookEndpoint.objects.exclude(disabled_at=None).count(),
    }
