"""Placing orders and marking them as paid: the only place where an order's total is computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from crm.clock import aware
from crm.models import Customer, Event, Order, OrderItem, OrderStatus, Product
from crm.webhooks import emit, order_data

Basket = tuple[Order, list[OrderItem]]
"""An order and its items, not stored yet."""
PAID_AT_ONCE = 1_000
"""How many orders one statement names; SQLite allows a quarter of a million."""


@transaction.atomic
def place(
    customer: Customer,
    quantities: Mapping[Product, int],
    *,
    order_date: datetime | None = None,
    status: str = OrderStatus.PENDING,
) -> Order:
    """Store an order with these quantities, at today's prices, and send its event."""
    (order,) = _store([compose(customer, quantities, order_date=order_date, status=status)])
    emit(Event.ORDER_CREATED, order_data(order), now=timezone.now())
    return order


@transaction.atomic
def pay(orders: QuerySet[Order], *, now: datetime) -> int:
    """Mark the pending ones as paid, send an event for each, and return how many."""
    chosen = Order.objects.filter(pk__in=orders.values("pk"), status=OrderStatus.PENDING).order_by("pk")
    # Locked, they stay pending until the update: of two calls for one order, only one sends its event.
    pending = list(chosen.select_for_update().values_list("pk", flat=True))
    slices = (pending[start : start + PAID_AT_ONCE] for start in range(0, len(pending), PAID_AT_ONCE))
    return sum(_pay(some, now=now) for some in slices)


def _pay(pending: Sequence[int], *, now: datetime) -> int:
    paid = Order.objects.filter(pk__in=pending)
    count = paid.pay(now=now)
    emit(Event.ORDER_PAID, *map(order_data, paid.order_by("pk")), now=now)
    return count


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
    """Store many orders with two statements: all of them or none. No events are sent."""
    return _store(list(baskets))


def _store(baskets: Sequence[Basket]) -> list[Order]:
    orders = Order.objects.bulk_create(order for order, _ in baskets)
    OrderItem.objects.bulk_create(item for _, items in baskets for item in items)
    return orders
