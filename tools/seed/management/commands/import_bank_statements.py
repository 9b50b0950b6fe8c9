"""The job that is running, at its third attempt."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand

from jobs_api import current_run


class BankUnavailable(Exception):
    """The bank does not answer as it should."""


def fetch_statement(bank: str, status: int) -> str:
    """The statement of one bank."""
    if status == 503:
        raise BankUnavailable(f"{bank}: {status} Service Unavailable (3 requests, last after 60 s)")
    return f"{bank}: 412 entries, 412 new"


class Command(BaseCommand):
    """manage.py import_bank_statements --days 1"""

    help = "Load statements."

    def add_arguments(self, parser: Any) -> None:
        """How far back, and what the banks answer."""
        parser.add_argument("--days", type=int, default=1)
        parser.add_argument("--status", type=int, default=200)

    def handle(self, *args: Any, days: int, status: int, **options: Any) -> None:
        """One bank after the other."""
        for number, bank in enumerate(("sparkasse", "ing", "n26", "dkb"), 1):
            current_run().check()
            self.stdout.write(fetch_statement(bank, status))
            current_run().progress(number, 4)
            time.sleep(0.2)
