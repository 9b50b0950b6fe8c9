"""The restocking twice a day."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from crm import conf
from crm.graphql.client import RESTOCK, ask
from crm.patterns import Log, reference_time
from jobs_api import current_run

LOG = Log(file="low_stock_updates_log.txt", stamp="%Y-%m-%d %H:%M:%S")


class Command(BaseCommand):
    """The change is one statement in the database. The log has its result, and shows which slots are done.

    After a crash between the two, the next attempt finds no product with low stock: the log then lacks
    the names, but the stock is right.
    """

    help = "Give products that are low more stock, through GraphQL, and log each with its new stock."

    def handle(self, *args: Any, **options: Any) -> None:
        """Restock, then log; once per slot."""
        now, folder = reference_time(), conf.log_dir()
        if LOG.lacks(now, folder):  # checked first: it fails if the log cannot be written
            self._restock(now, folder)
        else:
            self.stdout.write(f"The restocking of {LOG.line(now, '')} was done already: nothing changed.")

    def _restock(self, now: datetime, folder: Path) -> None:
        answer = ask(RESTOCK)["updateLowStockProducts"]
        products, message = [*map(_line, answer["updatedProducts"])], answer["message"]
        for line in (*products, message):
            self.stdout.write(line)
        LOG.add(now, "\n    ".join([f" {message}", *products]), folder)
        current_run().progress(len(products), len(products))


def _line(product: dict[str, Any]) -> str:
    """One line, even if the name has line breaks."""
    return f"{' '.join(product['name'].split())}: {product['stock']} in stock"
