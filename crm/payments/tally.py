"""What a run has seen, in numbers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from crm.models import OrderStatus
from crm.payments.compare import Case, Finding
from crm.payments.hour import Hour
from crm.payments.record import Changes


@dataclass
class Tally:
    """Charges and paid orders are those of the hour; differences also those of before that still stand."""

    hour: Hour
    charges: int = 0
    orders: int = 0
    agree: int = 0
    differences: int = 0
    new: int = 0
    resolved: int = 0

    def add(self, cases: Collection[Case], found: Collection[Finding], changes: Changes) -> None:
        """Count a batch."""
        orders = [case.order for case in cases if case.order and case.order.status == OrderStatus.PAID]
        paid = {order.pk for order in orders if self.hour.holds(order.paid_at)}
        self.charges += sum(self.hour.holds(charge.made_at) for case in cases for charge in case.charges)
        self.orders += len(paid)
        self.agree += len(paid - {finding.order_id for finding in found})
        self.differences += len(found)
        self.new += len(changes.new)
        self.resolved += len(changes.resolved)

    def __str__(self) -> str:
        """The last line of the output."""
        return (
            f"Payments {self.hour}: {self.charges} charges, {self.orders} orders, {self.agree} agree, "
            f"{self.differences} differences ({self.new} new), {self.resolved} resolved."
        )
