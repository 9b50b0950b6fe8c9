"""The hourly comparison with the payment provider."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm.models import OrderStatus
from crm.patterns import in_batches, reference_time
from crm.payments.books import Changes, Group, complete, gather, store
from crm.payments.compare import Case, Finding, Hour, findings
from crm.payments.provider import Provider, ProviderError, Unreadable, connect


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


class Command(BaseCommand):
    """Differences do not make it fail: to find them is its work. It fails if it could not look."""

    help = "Compare the orders paid in the hour before the slot with the provider's charges."

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, batch by batch; each is stored whole, so a failure later on loses none."""
        tally = Tally(Hour.before(reference_time()))
        try:
            with connect() as provider:
                for batch in in_batches(gather(provider, tally.hour)):
                    self._compare(provider, batch, tally)
        except ProviderError as error:
            raise CommandError(str(error)) from error
        self._end(tally, list(provider.unreadable.values()))

    def _compare(self, provider: Provider, groups: Sequence[Group], tally: Tally) -> None:
        slot = tally.hour.end
        cases = complete(provider, groups)
        found = [finding for case in cases for finding in findings(case, until=slot)]
        changes = store(cases, found, slot=slot)
        self._tell(found, changes)
        tally.add(cases, found, changes)

    def _tell(self, found: Sequence[Finding], changes: Changes) -> None:
        for finding in found:
            self.stdout.write(f"{finding}{' (new)' if finding in changes.new else ''}")
        for finding in changes.resolved:
            self.stdout.write(f"{finding} (resolved)")

    def _end(self, tally: Tally, unreadable: Collection[Unreadable]) -> None:
        for charge in unreadable:
            self.stdout.write(str(charge))
        self.stdout.write(str(tally))
        if unreadable:
            raise CommandError(
                f"{len(unreadable)} charges could not be read; the output says which. The rest is compared."
            )
