"""Which orders and charges a run compares; the package's docstring says why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import NamedTuple

from crm.models import Order, OrderStatus, Payment, PaymentDifference
from crm.payments.charge import Charge
from crm.payments.compare import Case
from crm.payments.hour import Hour
from crm.payments.provider import Provider
from jobs_api import current_run

BEFORE, AFTER = timedelta(hours=1), timedelta(minutes=5)
"""How far beyond the hour charges are listed."""
OPEN_FOR, OPEN_AT_MOST = timedelta(days=7), 200
"""Which open differences are compared again: each can take a request."""


class Group(NamedTuple):
    """An order's number and the charges that name it; None and one charge that names no order."""

    order_id: int | None
    charges: list[Charge]


def gather(provider: Provider, hour: Hour) -> list[Group]:
    """All that is compared, but for older charges: `complete` adds these to a batch.

    Raises:
        ProviderError: the provider could not be asked.
    """
    listed = _watched(provider.charges(hour.start - BEFORE, hour.end + AFTER))
    again = _open_differences(hour)
    asked = _retrieve(provider, {row.charge_id for row in again} - {""} - set(listed))
    own = [charge for charge in listed.values() if charge.made_at < hour.end] + [*asked.values()]
    wanted = _paid(hour) | {row.order_id for row in again} | {charge.order_id for charge in own}
    of_order = _by_order((listed | asked).values())
    nameless = [Group(None, [charge]) for charge in own if charge.order_id is None]
    return nameless + [Group(pk, of_order[pk]) for pk in sorted(pk for pk in wanted if pk is not None)]


def complete(provider: Provider, groups: Sequence[Group]) -> list[Case]:
    """The groups with their orders, and with older charges of these as they are by now.

    Raises:
        ProviderError: the provider could not be asked.
    """
    ids = [group.order_id for group in groups if group.order_id is not None]
    orders: dict[int | None, Order] = {order.pk: order for order in Order.objects.filter(pk__in=ids)}
    known = [charge.id for group in groups for charge in group.charges]
    older = Payment.objects.unsettled().filter(order__in=ids).exclude(charge_id__in=known)
    of_order = _by_order(_retrieve(provider, older.values_list("charge_id", flat=True)).values())
    return [Case(orders.get(pk), charges + of_order[pk]) for pk, charges in groups]


def _paid(hour: Hour) -> set[int | None]:
    orders = Order.objects.filter(status=OrderStatus.PAID, paid_at__gte=hour.start, paid_at__lt=hour.end)
    return set(orders.values_list("pk", flat=True))


def _open_differences(hour: Hour) -> list[PaymentDifference]:
    """Open before this slot: another try of it sees the same, whatever this one resolves."""
    rows = PaymentDifference.objects.open_at(hour.end).filter(found_at__gte=hour.end - OPEN_FOR)
    return list(rows.order_by("-found_at", "-pk")[:OPEN_AT_MOST])


def _retrieve(provider: Provider, charge_ids: Iterable[str]) -> dict[str, Charge]:
    return _watched(provider.charge(charge_id) for charge_id in sorted(charge_ids))


def _watched(charges: Iterable[Charge | None]) -> dict[str, Charge]:
    """By id; a run that is asked to stop does so between two of them."""
    found: dict[str, Charge] = {}
    for charge in charges:
        current_run().check()
        if charge is not None:
            found[charge.id] = charge
    return found


def _by_order(charges: Iterable[Charge]) -> defaultdict[int | None, list[Charge]]:
    found = defaultdict(list)
    for charge in charges:
        found[charge.order_id].append(charge)
    return found
