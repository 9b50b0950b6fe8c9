"""Sample data for trying things out."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date, datetime, time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crm.batches import in_batches
from crm.models import Product
from crm.sample import load

POSTS = 30


class Command(BaseCommand):
    """Adds what is missing: a second call with the same options adds nothing."""

    help = "Add sample customers with orders, products and posts; the same options give the same data."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How much, which, and counted from when."""
        parser.add_argument("--customers", type=int, default=100, metavar="N", help="how many (100)")
        parser.add_argument("--seed", type=int, default=1, metavar="S", help="another seed, other data (1)")
        parser.add_argument(
            "--date",
            type=date.fromisoformat,
            default=None,
            metavar="YYYY-MM-DD",
            help="the day that ages count back from (today)",
        )
        parser.add_argument("--force", action="store_true", help="even where DEBUG is off")

    def handle(self, *args: Any, **options: Any) -> None:
        """Add products, then customers in batches, then posts."""
        if not (settings.DEBUG or options["force"]):
            raise CommandError("DEBUG is off, so this may be real data. --force adds sample data to it.")
        if options["customers"] < 0:
            raise CommandError("--customers must be 0 or more.")
        seed, now = options["seed"], _start_of(options["date"] or timezone.localdate())
        products, new = load.add_products(seed)
        numbers = range(1, options["customers"] + 1)
        customers, orders = self._add_customers(seed, numbers, products, now)
        posts = load.add_posts(seed, POSTS, now=now)
        self.stdout.write(f"Added {customers} customers, {orders} orders, {new} products and {posts} posts.")

    def _add_customers(
        self, seed: int, numbers: range, products: list[Product], now: datetime
    ) -> tuple[int, int]:
        customers = orders = 0
        for batch in in_batches(numbers, size=1000):
            more = load.add_customers(seed, batch, products, now=now)
            customers, orders = customers + more[0], orders + more[1]
            self.stdout.write(f"{batch[-1]} of {len(numbers)} customers")
        return customers, orders


def _start_of(day: date) -> datetime:
    """Its first moment: what is counted back from it is never in the future."""
    return timezone.make_aware(datetime.combine(day, time.min))
