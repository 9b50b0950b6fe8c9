"""Placing orders: the one place where an order's total is computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from crm.clock import aware
from crm.models import Customer, Order, OrderItem, OrderStatus, Product

Basket = tuple[Order, list[OrderItem]]
"""An order and its items, not stored yet."""


def place(
    customer: Customer,
    quantities: Mapping[Product, int],
    *,
    order_date: datetime | None = None,
    status: str = OrderStatus.PENDING,
) -> Order:
    """Store an order of so many of each product, at today's prices."""
    return place_all([compose(customer, quantities, order_date=order_date, status=status)])[0]


def compose(
    customer: Customer,
    quantities: Mapping[Product, int],
    *,
    order_date: datetime | None = None,
    status: str = OrderStatus.PENDING,
) -> Basket:
    """An order with its items and their total, for `place_all`.

    Raises:
        ValidationError: no product.
        ValueError: `order_date` is naive.
    """
    if not quantities:
        raise ValidationError("At least one product must be selected")
    placed_at = aware(order_date or timezone.now())
    paid_at = placed_at if status == OrderStatus.PAID else None
    order = Order(customer=customer, order_date=placed_at, status=status, paid_at=paid_at)
    items = [
        OrderItem(order=order, product=product, quantity=quantity, unit_price=product.price)
        for product, quantity in quantities.items()
    ]
    order.total_amount = sum((item.amount for item in items), start=Decimal(0))
    return order, items


@transaction.atomic
def place_all(baskets: Iterable[Basket]) -> list[Order]:
    """Store many orders with two statements; all of them or none."""
    baskets = list(baskets)
    orders = Order.objects.bulk_create(order for order, _ in baskets)
    OrderItem.objects.bulk_create(item for _, items in baskets for item in items)
    return orders
