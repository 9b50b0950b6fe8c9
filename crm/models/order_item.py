"""The lines of an order."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q

from crm.models.order import Order
from crm.models.product import Product


class OrderItem(models.Model):
    """So many of one product, at the price of that day."""

    # The UNIQUE below begins with the order; one more index would be the same again.
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
