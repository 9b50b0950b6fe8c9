"""Products, and orders: the history of revenue, which nothing deletes. `crm.ordering` makes them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import Q, Sum
from django.utils import timezone

from crm.models.content import one_line
from crm.models.customer import Customer

LOW_STOCK = RESTOCK_BY = 10
"""A product with a stock below the first number gets the second number more."""
IS_LOW = Q(stock__lt=LOW_STOCK)


class ProductManager(models.Manager["Product"]):
    """Changes to many products."""

    def restock(self) -> list[Product]:
        """Add stock to every product that is low; returns these products with their new stock.

        One statement does it: it waits for others who change the same row, and then leaves a product
        alone that is not low any more.
        """
        statement = "UPDATE crm_product SET stock = stock + %s WHERE stock < %s RETURNING *"
        return sorted(self.raw(statement, [RESTOCK_BY, LOW_STOCK]), key=lambda product: product.pk)


class Product(models.Model):
    """Something to order."""

    name = models.CharField(max_length=200, validators=[one_line])
    price = models.DecimalField(max_digits=10, decimal_places=2)
    stock = models.IntegerField(default=0)

    objects = ProductManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(price__gt=0),
                name="crm_product_price_is_positive",
                violation_error_message="Price must be positive",
            ),
            models.CheckConstraint(
                condition=Q(stock__gte=0),
                name="crm_product_stock_is_not_negative",
                violation_error_message="Stock cannot be negative",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OrderStatus(models.TextChoices):
    """The state of an order."""

    PENDING = "pending"  # placed, not paid
    PAID = "paid"
    CANCELLED = "cancelled"


class OrderQuerySet(models.QuerySet["Order"]):
    """Questions about many orders, and changes to them."""

    def earning(self) -> OrderQuerySet:
        """Those that count as revenue: all but the cancelled ones."""
        return self.exclude(status=OrderStatus.CANCELLED)

    def revenue(self) -> Decimal:
        """The sum of their totals, computed in the database."""
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

    # The index below begins with the customer, so another one is not needed.
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="orders", db_index=False)
    products = models.ManyToManyField(Product, through="crm.OrderItem", related_name="orders")
    order_date = models.DateTimeField(default=timezone.now)
    # Stored, not computed: a new price of a product does not change what was paid.
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


class OrderItem(models.Model):
    """A quantity of one product, at the price of that day."""

    # The UNIQUE below begins with the order, so another index is not needed.
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="items", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="items")
    quantity = models.IntegerField(default=1)
    unit_price = models.DecimalField(max_digits=10, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "product"], name="crm_order_item_product_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1),
                name="crm_order_item_quantity_is_positive",
                violation_error_message="Quantity must be at least 1",
            ),
            models.CheckConstraint(condition=Q(unit_price__gt=0), name="crm_order_item_price_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.product}"

    @property
    def amount(self) -> Decimal:
        """What this line costs."""
        return self.quantity * self.unit_price
