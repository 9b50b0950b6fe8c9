"""The daily reminders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.management.base import BaseCommand
from django.db import transaction

from crm.clock import days_before
from crm.graphql.client import PENDING_ORDERS, ask
from crm.mailing import Mailer, compose
from crm.models import Order, OrderStatus
from crm.models.customer import NOWHERE
from crm.patterns import in_batches, reference_time
from crm.schema.scalars import pk_of

DAYS = 7


class Waiting(NamedTuple):
    """A pending order, as GraphQL returns it."""

    pk: int
    ordered_at: datetime
    amount: Decimal
    name: str
    email: str

    @property
    def reachable(self) -> bool:
        """Whether its customer has an address: an anonymised customer has none."""
        return not self.email.endswith(NOWHERE)


class Command(BaseCommand):
    """Prints order numbers only: names and addresses would stay in the stored output."""

    help = "Remind customers once of orders of the last seven days that are not paid yet."

    def handle(self, *args: Any, **options: Any) -> None:
        """Remind of the orders that were waiting at the time of the slot."""
        self.now, self.sent = reference_time(), 0
        orders = waiting(now=self.now)
        with Mailer(self.stdout.write) as mailer:
            for (order,) in in_batches(orders, size=1):  # a mail may take seconds: check after each
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


def waiting(*, now: datetime) -> list[Waiting]:
    """The pending orders of the seven days before `now` without a reminder.

    All pages are read before the first reminder: a cursor counts rows, and reminded orders leave the
    list. So the next page would skip as many orders.
    """
    return [_read(edge["node"]) for page in _pages(now) for edge in page["edges"]]


@transaction.atomic(durable=True)
def remind(order: Waiting, mailer: Mailer, *, now: datetime) -> bool:
    """Mark the order and mail its customer. False if it is not pending any more, or already marked.

    Both are one transaction. If the mail fails, the mark is rolled back, and the next slot tries again.
    Another process with the same order waits for the mark, and then does not mail.
    """
    due = Order.objects.filter(pk=order.pk, status=OrderStatus.PENDING, reminded_at=None)
    if not due.update(reminded_at=now):
        return False
    subject = f"Your order {order.pk} is waiting for payment"
    mailer.send(compose("reminder", {"order": order}, subject=subject, to=order.email))
    return True


def _pages(now: datetime) -> Iterator[dict[str, Any]]:
    wanted = {
        "status": OrderStatus.PENDING,
        "reminded": False,
        "orderDateGte": days_before(now, DAYS).isoformat(),
        "orderDateLte": now.isoformat(),
    }
    more, after = True, None
    while more:
        page = ask(PENDING_ORDERS, filter=wanted, after=after)["allOrders"]
        yield page
        more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]


def _read(node: dict[str, Any]) -> Waiting:
    return Waiting(
        pk=pk_of("Order", node["id"]),
        ordered_at=datetime.fromisoformat(node["orderDate"]),
        amount=Decimal(str(node["totalAmount"])),
        name=node["customer"]["name"],
        email=node["customer"]["email"],
    )
