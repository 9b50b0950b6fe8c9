"""The weekly clean-up of customers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from crm.models import Customer
from crm.patterns import in_batches, reference_time


class Command(BaseCommand):
    """Prints ids only: names and addresses of customers would stay in the stored output."""

    help = "Delete customers who never ordered, anonymise those who ordered long ago. Orders stay."

    def handle(self, *args: Any, **options: Any) -> None:
        """Clean up what was inactive at the time of the slot."""
        now = reference_time()
        inactive = list(Customer.objects.inactive(now=now).order_by("pk").values_list("pk", flat=True))
        deleted = anonymised = 0
        for batch in in_batches(inactive):
            gone, changed = self._clean(batch, now)
            deleted, anonymised = deleted + gone, anonymised + changed
        self.stdout.write(f"Inactive customers: {deleted} deleted, {anonymised} anonymised.")

    @transaction.atomic
    def _clean(self, batch: Sequence[int], now: datetime) -> tuple[int, int]:
        """Clean one batch; returns how many customers were deleted and anonymised."""
        rows = Customer.objects.filter(pk__in=batch).order_by("pk")
        list(rows.select_for_update())  # from here on they cannot order, ...
        found = rows.inactive(now=now).values_list(
            "pk", flat=True
        )  # ... and who has just ordered is not in here
        ordered = list(found.filter(orders__isnull=False).distinct())
        never = list(found.filter(orders__isnull=True))
        Customer.objects.filter(pk__in=never).delete()
        Customer.objects.filter(pk__in=ordered).anonymise(now=now)
        self._tell("Deleted", never)
        self._tell("Anonymised", ordered)
        return len(never), len(ordered)

    def _tell(self, done: str, customers: Sequence[int]) -> None:
        for pk in customers:
            self.stdout.write(f"{done} customer {pk}.")
