"""Products."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Product(models.Model):
    """Something to order."""

    name = models.CharField(max_length=200)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    stock = models.IntegerField(default=0)

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
