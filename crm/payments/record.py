"""Writing down what was found. A second time for the same slot changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from crm import conf
from crm.models import DifferenceKind, Payment, PaymentDifference, PaymentStatus
from crm.payments.charge import Charge
from crm.payments.compare import Case, Finding, charge_is_due

Key = tuple[str, str | int | None]


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
    """In our currency only: another one's smallest unit may not be a hundredth."""
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
    """A charge agrees if its money came in and nothing was found about it."""
    agree = {charge.id for charge in charges if charge.outcome == PaymentStatus.SUCCEEDED} - set(differing)
    Payment.objects.filter(charge_id__in=agree).reconcile(now=slot)
    others = {charge.id for charge in charges} - agree
    Payment.objects.filter(charge_id__in=others).update(reconciled_at=None)


def _store_differences(
    rows: Mapping[Key, PaymentDifference], found: Collection[Finding], slot: datetime
) -> Changes:
    """`rows` is what earlier runs have found in the same cases."""
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
    """Bring those that still stand, or stand again, up to date; `found_at` stays."""
    still = [row for key, row in rows.items() if key in standing]
    for row in still:
        finding = standing[row.key]
        row.order_id, row.detail, row.resolved_at = finding.order_id, finding.detail, None
    PaymentDifference.objects.bulk_update(still, ["order", "detail", "resolved_at"])


def _as_finding(row: PaymentDifference) -> Finding:
    return Finding(DifferenceKind(row.kind), row.order_id, row.charge_id, row.detail)
