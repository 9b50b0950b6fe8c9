"""The hourly comparison with the payment provider."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm.patterns import in_batches, reference_time
from crm.payments.charge import Unreadable
from crm.payments.compare import Finding, findings
from crm.payments.gather import Group, complete, gather
from crm.payments.hour import Hour
from crm.payments.provider import Provider, ProviderError, connect
from crm.payments.record import Changes, store
from crm.payments.tally import Tally


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
