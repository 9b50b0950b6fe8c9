"""Products."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from crm.models.one_line import one_line

LOW_STOCK = RESTOCK_BY = 10
"""A product with fewer than the first gets the second more."""
IS_LOW = Q(stock__lt=LOW_STOCK)


class ProductManager(models.Manager["Product"]):
    """Products, asked of as a whole."""

    def restock(self) -> list[Product]:
        """Give every product that is low more; returns those, as they are now.

        One statement: who orders or restocks at the same moment is waited for, and a product that
        is not low any more by then is left alone.
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
