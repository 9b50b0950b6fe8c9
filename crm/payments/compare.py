"""Where an order and its charges differ. Nothing here asks a database or a provider."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils import timezone

from crm import conf
from crm.models import DifferenceKind, Order, OrderStatus, PaymentStatus
from crm.payments.provider import Charge


class Hour(NamedTuple):
    """The 60 minutes before a slot; `end`, the slot itself, is not part of them."""

    start: datetime
    end: datetime

    @classmethod
    def before(cls, slot: datetime) -> Hour:
        """The hour that the run of this slot compares."""
        return cls(slot - timedelta(hours=1), slot)

    def holds(self, moment: datetime | None) -> bool:
        """Whether `moment` is part of it."""
        return moment is not None and self.start <= moment < self.end

    def __str__(self) -> str:
        """In the zone of the settings."""
        start, end = timezone.localtime(self.start), timezone.localtime(self.end)
        return f"{start:%Y-%m-%d %H:%M} to {end:%H:%M}"


class Case(NamedTuple):
    """An order with all its known charges; or no order, and charges that name none of ours."""

    order: Order | None
    charges: list[Charge]


class Finding(NamedTuple):
    """One difference."""

    kind: DifferenceKind
    order_id: int | None
    charge_id: str
    detail: str

    @property
    def key(self) -> tuple[str, str | int | None]:
        """As `PaymentDifference.key`."""
        return self.kind, self.charge_id or self.order_id

    def __str__(self) -> str:
        """One line for the output."""
        names = {"order": self.order_id, "charge": self.charge_id}
        about = ", ".join(f"{name} {value}" for name, value in names.items() if value)
        return f"{about[:1].upper()}{about[1:]}: {self.kind.label}: {self.detail}"


def findings(case: Case, *, until: datetime) -> list[Finding]:
    """All differences of a case.

    Only a charge that succeeded brought money. One that failed, is pending or was refunded in whole
    is not a difference by itself; a paid order with only such charges has no charge.
    """
    money = [charge for charge in case.charges if charge.outcome == PaymentStatus.SUCCEEDED]
    if case.order is None:
        return [_no_order(charge) for charge in money]
    if case.order.status != OrderStatus.PAID:
        return [_not_paid(case.order, charge) for charge in money]
    if not money:
        return [_no_charge(case.order)] if charge_is_due(case.order, until=until) else []
    return _of_paid(case.order, money)


def charge_is_due(order: Order, *, until: datetime) -> bool:
    """Whether all charges of `order` are known. One paid after `until` may have more in the next run."""
    return order.paid_at is None or order.paid_at < until


def _of_paid(order: Order, money: list[Charge]) -> list[Finding]:
    """The first charge that fits is the order's own, or else the first; any other is one too many."""
    own, *others = sorted(money, key=lambda charge: (not _fits(order, charge), charge.created, charge.id))
    unlike = [] if _fits(order, own) else [_unlike(order, own)]
    return unlike + [_about(DifferenceKind.TWICE, order, other, _charged(other)) for other in others]


def _fits(order: Order, charge: Charge) -> bool:
    return charge.currency == conf.currency() and charge.total == order.total_amount


def _unlike(order: Order, charge: Charge) -> Finding:
    same = charge.currency == conf.currency()
    kind = DifferenceKind.AMOUNT if same else DifferenceKind.CURRENCY
    return _about(kind, order, charge, f"{_charged(charge)}, ordered {_ordered(order)}")


def _no_order(charge: Charge) -> Finding:
    named = f"for order {charge.order_id}" if charge.order_id is not None else "naming no order"
    return Finding(DifferenceKind.NO_ORDER, None, charge.id, f"{_charged(charge)} {named}")


def _not_paid(order: Order, charge: Charge) -> Finding:
    return _about(DifferenceKind.NOT_PAID, order, charge, f"{_charged(charge)}, order is {order.status}")


def _no_charge(order: Order) -> Finding:
    return Finding(DifferenceKind.NO_CHARGE, order.pk, "", f"ordered {_ordered(order)}")


def _about(kind: DifferenceKind, order: Order, charge: Charge, detail: str) -> Finding:
    return Finding(kind, order.pk, charge.id, detail)


def _ordered(order: Order) -> str:
    return f"{order.total_amount} {conf.currency()}"


def _charged(charge: Charge) -> str:
    """A currency that is not ours may have another number of decimals."""
    if charge.currency == conf.currency():
        return f"charged {charge.total} {charge.currency}"
    return f"charged {charge.amount} of the smallest unit of {charge.currency}"
