"""Our books: which orders and charges a run compares (the package explains why), and what it stores.

Storing twice for the same slot changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from crm import conf
from crm.models import DifferenceKind, Order, OrderStatus, Payment, PaymentDifference, PaymentStatus
from crm.payments.compare import Case, Finding, Hour, charge_is_due
from crm.payments.provider import Charge, Provider
from jobs_api import current_run

BEFORE, AFTER = timedelta(hours=1), timedelta(minutes=5)
"""How long before and after the hour charges are listed."""
OPEN_FOR, OPEN_AT_MOST = timedelta(days=7), 200
"""Which open differences are compared again. Each can cost a request, so not all of them."""

Key = tuple[str, str | int | None]


class Group(NamedTuple):
    """An order's number and the charges that name it; None and one charge that names no order."""

    order_id: int | None
    charges: list[Charge]


def gather(provider: Provider, hour: Hour) -> list[Group]:
    """Everything that is compared, except older charges: `complete` adds these to a batch.

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
    """The groups with their orders, and with the older charges of these orders as they are now.

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
    """Those open before this slot: another try of it sees the same ones, even if this one resolves some."""
    rows = PaymentDifference.objects.open_at(hour.end).filter(found_at__gte=hour.end - OPEN_FOR)
    return list(rows.order_by("-found_at", "-pk")[:OPEN_AT_MOST])


def _retrieve(provider: Provider, charge_ids: Iterable[str]) -> dict[str, Charge]:
    return _watched(provider.charge(charge_id) for charge_id in sorted(charge_ids))


def _watched(charges: Iterable[Charge | None]) -> dict[str, Charge]:
    """By id; a run that is asked to stop stops between two of them."""
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


class Changes(NamedTuple):
    """What one call of `store` has changed."""

    new: set[Finding]
    resolved: list[Finding]


@transaction.atomic
def store(cases: Sequence[Case], found: Collection[Finding], *, slot: datetime) -> Changes:
    """Store the charges of these cases, and that `found` is all that differs in them."""
    charges = [charge for case in cases for charge in case.charges]
    _store_payments(cases)
    _reconcile(charges, {finding.charge_id for finding in found}, slot)
    orders = [case.order.pk for case in cases if case.order and charge_is_due(case.order, until=slot)]
    rows = PaymentDifference.objects.about(orders, [charge.id for charge in charges])
    return _store_differences({row.key: row for row in rows}, found, slot)


def _store_payments(cases: Sequence[Case]) -> None:
    """Only in our currency: the smallest unit of another one may not be a hundredth."""
    payments = [
        Payment(
            order=case.order,
            charge_id=charge.id,
            amount=charge.total,
            currency=charge.currency,
            status=charge.outcome,
        )
        for case in cases
        for charge in case.charges
        if case.order and charge.currency == conf.currency()
    ]
    fields = ["order", "amount", "currency", "status"]
    Payment.objects.bulk_create(
        payments, update_conflicts=True, unique_fields=["charge_id"], update_fields=fields
    )


def _reconcile(charges: Sequence[Charge], differing: Collection[str], slot: datetime) -> None:
    """A charge agrees if its money came in and it has no difference."""
    agree = {charge.id for charge in charges if charge.outcome == PaymentStatus.SUCCEEDED} - set(differing)
    Payment.objects.filter(charge_id__in=agree).reconcile(now=slot)
    others = {charge.id for charge in charges} - agree
    Payment.objects.filter(charge_id__in=others).update(reconciled_at=None)


def _store_differences(
    rows: Mapping[Key, PaymentDifference], found: Collection[Finding], slot: datetime
) -> Changes:
    """`rows` are the differences that earlier runs have found in the same cases."""
    standing = {finding.key: finding for finding in found}
    missing = [finding for key, finding in standing.items() if key not in rows]
    again = [finding for key, finding in standing.items() if key in rows and rows[key].resolved_at]
    gone = [row for key, row in rows.items() if key not in standing and row.resolved_at is None]
    PaymentDifference.objects.bulk_create(
        [PaymentDifference(**finding._asdict(), found_at=slot) for finding in missing], ignore_conflicts=True
    )
    PaymentDifference.objects.filter(pk__in=[row.pk for row in gone]).update(resolved_at=slot)
    _stand(rows, standing)
    return Changes(new={*missing, *again}, resolved=[_as_finding(row) for row in gone])


def _stand(rows: Mapping[Key, PaymentDifference], standing: Mapping[Key, Finding]) -> None:
    """Update those that are still there, or there again; `found_at` stays."""
    still = [row for key, row in rows.items() if key in standing]
    for row in still:
        finding = standing[row.key]
        row.order_id, row.detail, row.resolved_at = finding.order_id, finding.detail, None
    PaymentDifference.objects.bulk_update(still, ["order", "detail", "resolved_at"])


def _as_finding(row: PaymentDifference) -> Finding:
    return Finding(DifferenceKind(row.kind), row.order_id, row.charge_id, row.detail)
