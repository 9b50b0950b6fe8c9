"""The restocking twice a day."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from crm import conf
from crm.clock import reference_time
from crm.documents import RESTOCK
from crm.graphql_client import ask
from crm.logs import Log
from jobs_api import current_run

LOG = Log(file="low_stock_updates_log.txt", stamp="%Y-%m-%d %H:%M:%S")


class Command(BaseCommand):
    """The change is one statement in the database; what is left to do here is to tell of it."""

    help = "Give products that are low more stock, through GraphQL, and log each with its new stock."

    def handle(self, *args: Any, **options: Any) -> None:
        """Restock, then log. A second time for one slot finds nothing that is low, and logs nothing."""
        answer = ask(RESTOCK)["updateLowStockProducts"]
        products = answer["updatedProducts"]
        lines = [*map(_line, products), answer["message"]]
        current_run().progress(len(products), len(products))
        for line in lines:
            self.stdout.write(line)
        now = reference_time()
        text = f"\n{LOG.line(now, ' ')}".join(lines)  # each with its time
        if not LOG.add(now, f" {text}", conf.log_dir()):
            self.stdout.write("The log has lines of this time already; these were not added.")


def _line(product: dict[str, Any]) -> str:
    """On one line, whatever the name holds."""
    return f"{' '.join(product['name'].split())}: {product['stock']} in stock"
