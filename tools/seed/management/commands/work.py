"""What most of the seeded jobs run: it takes a moment and says what it has done."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand

from jobs_api import current_run


class Command(BaseCommand):
    """manage.py work --task send_invoices"""

    help = "Do a little, and say so."

    def add_arguments(self, parser: Any) -> None:
        """Which task, and the options that the jobs take."""
        parser.add_argument("--task", required=True)
        parser.add_argument("--reports", nargs="*", default=[])
        parser.add_argument("--fresh", action="store_true")
        parser.add_argument("--depth", default="shallow")

    def handle(self, *args: Any, task: str, **options: Any) -> None:
        """Three steps."""
        for step in range(1, 4):
            current_run().check()
            current_run().progress(step, 3)
            self.stdout.write(f"{task}: step {step} of 3")
            time.sleep(0.1)
