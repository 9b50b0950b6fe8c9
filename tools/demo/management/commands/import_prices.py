"""A job that takes some seconds, and carries on where an earlier attempt was stopped."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from jobs_api import current_run
from tools.demo.ledger import Ledger

ROWS = 30


class Command(BaseCommand):
    """Notes each row with the attempt that imported it."""

    help = "Import a price list, row by row, slowly."

    def handle(self, *args: Any, **options: Any) -> None:
        """Import the rows that are not there yet."""
        run, ledger = current_run(), Ledger(settings.FOLDER)
        done = set(ledger.rows())
        for row in range(1, ROWS + 1):
            if row not in done:
                run.check()
                time.sleep(0.1)
                ledger.add(row, attempt=run.attempt)
            run.progress(row, ROWS)
        self.stdout.write(f"{ROWS - len(done)} rows imported, {len(done)} were there.")
