"""The worker that docs/executors.md shows."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from jobs_api.executors import deliver


class Command(BaseCommand):
    """manage.py perform RUN ATTEMPT"""

    help = "Perform one attempt of a run."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The two numbers."""
        parser.add_argument("run", type=int)
        parser.add_argument("attempt", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        """Whatever it leads to is in the run."""
        deliver(options["run"], options["attempt"])
