"""The morning mail for the staff."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.formats import date_format

from crm.clock import aware, start_of
from crm.mailing import Colleague, Mailer, compose, forget, key, reachable_staff
from crm.models import Customer, Order, OrderStatus, PaymentDifference, Product, Upload, WebhookEndpoint
from crm.models.order import IS_LOW, LOW_STOCK
from crm.patterns import in_batches, reference_time


class Digest(NamedTuple):
    """The numbers of one calendar day, and how much of each kind waits for a person now."""

    day: date
    customers: int
    orders: int
    revenue: Decimal
    waiting: dict[str, int]


class Command(BaseCommand):
    """Computes the numbers once for all readers."""

    help = "Mail each active staff user the numbers of the day before and what waits for a person."

    def handle(self, *args: Any, **options: Any) -> None:
        """One mail per user and slot. Also deletes old notes of sent mails, of all jobs."""
        self.now, self.sent = reference_time(), 0
        forget(now=self.now)
        staff, numbers = reachable_staff(), digest(now=self.now)
        with Mailer(self.stdout.write) as mailer:
            for (colleague,) in in_batches(staff, size=1):
                self._mail(colleague, numbers, mailer)
        if not staff:
            self.stdout.write("No active staff user has an e-mail address.")
        self.stdout.write(f"Digest mails for {numbers.day}: {self.sent} of {len(staff)} sent.")
        mailer.finish()

    def _mail(self, colleague: Colleague, numbers: Digest, mailer: Mailer) -> None:
        subject = f"CRM on {date_format(numbers.day, 'j F Y')}"
        message = compose("digest", {"digest": numbers}, subject=subject, to=colleague.email)
        with mailer.trying(f"User {colleague.pk}"):
            sent = mailer.send_once(
                key("digest", self.now, f"user {colleague.pk}"), message, now=timezone.now()
            )
            self.sent += sent
            self.stdout.write(f"User {colleague.pk}: {'mailed' if sent else 'was mailed already'}.")


def digest(*, now: datetime) -> Digest:
    """The digest of the day before `now` in the current time zone. A day has 23, 24 or 25 hours."""
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
    """How many there are of all that a person should look at, zeros included."""
    return {
        "orders not paid yet": Order.objects.filter(status=OrderStatus.PENDING).count(),
        f"products with fewer than {LOW_STOCK} in stock": Product.objects.filter(IS_LOW).count(),
        "uploads to look at": Upload.objects.for_a_person().count(),
        "payment differences to settle": PaymentDifference.objects.filter(resolved_at=None).count(),
        "webhook endpoints disabled": WebhookEndpoint.objects.exclude(disabled_at=None).count(),
    }
