"""A command whose first line tells when it was reached."""

from typing import Any

from django.core.management.base import BaseCommand

from bench.engines.marks import mark


class Command(BaseCommand):
    """manage.py mark"""

    help = "Tells when it has begun."

    def handle(self, *args: Any, **options: Any) -> None:
        """The first line, and the last."""
        mark("command")
