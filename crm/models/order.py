"""Orders: the revenue history, which nothing deletes. `crm.ordering` makes them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import Q, Sum
from django.utils import timezone

from crm.models.customer import Customer
from crm.models.product import Product


class OrderStatus(models.TextChoices):
    """Where an order stands."""

    PENDING = "pending"  # placed, not paid
    PAID = "paid"
    CANCELLED = "cancelled"


class OrderQuerySet(models.QuerySet["Order"]):
    """Orders, asked of as a whole."""

    def earning(self) -> OrderQuerySet:
        """Those that revenue is made of: a cancelled order is none."""
        return self.exclude(status=OrderStatus.CANCELLED)

    def revenue(self) -> Decimal:
        """What they come to, computed in the database."""
        total = self.earning().aggregate(total=Sum("total_amount"))["total"] or Decimal(0)
        return total.quantize(Decimal("0.01"))  # SQLite adds up floats

    def pay(self, *, now: datetime) -> int:
        """Mark the pending ones as paid; returns how many."""
        return self.filter(status=OrderStatus.PENDING).update(status=OrderStatus.PAID, paid_at=now)

    def cancel(self) -> int:
        """Cancel the pending ones; returns how many."""
        return self.filter(status=OrderStatus.PENDING).update(status=OrderStatus.CANCELLED)


class Order(models.Model):
    """What a customer ordered at one time."""

    # The index below begins with the customer; one more would be the same again.
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="orders", db_index=False)
    products = models.ManyToManyField(Product, through="crm.OrderItem", related_name="orders")
    order_date = models.DateTimeField(default=timezone.now)
    # Stored, not derived: a product's new price does not change what was paid.
    total_amount = models.DecimalField(max_digits=14, decimal_places=2, editable=False)
    status = models.CharField(max_length=10, choices=OrderStatus, default=OrderStatus.PENDING)
    paid_at = models.DateTimeField(null=True, blank=True, editable=False)
    reminded_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(total_amount__gte=0),
                name="crm_order_total_is_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(status__in=OrderStatus.values), name="crm_order_status_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(status=OrderStatus.PAID) | Q(paid_at__isnull=False),
                name="crm_order_paid_at_some_time",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "order_date"], name="crm_order_of_customer"),
            models.Index(fields=["order_date"], name="crm_order_by_date"),
            models.Index(fields=["paid_at"], name="crm_order_by_payment"),
        ]

    def __str__(self) -> str:
        return f"Order {self.pk}"
