"""A job that fails."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Fails as a job does whose input is not what it was yesterday."""

    help = "Read the supplier's file, which has lost a column."

    def handle(self, *args: Any, **options: Any) -> None:
        """Fail."""
        self.stdout.write("Reading prices.csv ...")
        raise CommandError("prices.csv has no column 'sku'.")
