"""Sample data for trying things out."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crm import sample
from crm.clock import start_of
from crm.models import Product
from crm.patterns import in_batches

POSTS = 30


class Command(BaseCommand):
    """Adds what is missing: a second call with the same options adds nothing."""

    help = "Add sample customers, orders, uploads, products, posts and staff; same options, same data."

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
        """Add products, then customers in batches, then posts and somebody on the staff."""
        if not (settings.DEBUG or options["force"]):
            raise CommandError("DEBUG is off, so this may be real data. --force adds sample data to it.")
        if options["customers"] < 0:
            raise CommandError("--customers must be 0 or more.")
        # Its first moment: what is counted back from it is never in the future.
        seed, now = options["seed"], start_of(options["date"] or timezone.localdate())
        products, new = sample.add_products(seed)
        numbers = range(1, options["customers"] + 1)
        added = self._add_customers(seed, numbers, products, now)
        added.update(products=new, posts=sample.add_posts(seed, POSTS, now=now), staff=sample.add_staff())
        self.stdout.write(f"Added {', '.join(f'{count} {what}' for what, count in added.items())}.")

    def _add_customers(
        self, seed: int, numbers: range, products: list[Product], now: datetime
    ) -> Counter[str]:
        added = Counter(customers=0, orders=0, uploads=0)
        for batch in in_batches(numbers, size=1000):
            added.update(sample.add_customers(seed, batch, products, now=now))
            self.stdout.write(f"{batch[-1]} of {len(numbers)} customers")
        return added
