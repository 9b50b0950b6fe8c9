"""The daily reminders."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from crm.batches import in_batches
from crm.clock import reference_time
from crm.mailing import Mailer
from crm.reminders import Waiting, remind, waiting


class Command(BaseCommand):
    """Says order numbers only: names and addresses would live on in the output."""

    help = "Remind customers, once, of orders of the last seven days that are not paid yet."

    def handle(self, *args: Any, **options: Any) -> None:
        """Remind of what was waiting at the time of the slot."""
        self.now, self.sent = reference_time(), 0
        orders = waiting(now=self.now)
        with Mailer(self.stdout.write) as mailer:
            for (order,) in in_batches(orders, size=1):  # a mail may take seconds: look up after each
                self._remind(order, mailer)
        self.stdout.write(f"Order reminders: {self.sent} of {len(orders)} sent.")
        mailer.finish()
        self.stdout.write("Order reminders processed!")

    def _remind(self, order: Waiting, mailer: Mailer) -> None:
        what = f"Order {order.pk}"
        if not order.reachable:
            self.stdout.write(f"{what}: its customer has no address any more.")
            return
        with mailer.trying(what):
            sent = remind(order, mailer, now=self.now)
            self.sent += sent
            self.stdout.write(f"{what}: {'reminded' if sent else 'settled or reminded meanwhile'}.")
