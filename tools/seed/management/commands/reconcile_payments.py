"""The job that fails while its service is silent."""

from __future__ import annotations

import os
import time
from typing import Any

from django.core.management.base import BaseCommand

from jobs_api import current_run
from tools.seed.bank import HOST, charges

GREEN, RED, CYAN, PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[36m", "\x1b[0m"
STEPS = 12


class Command(BaseCommand):
    """manage.py reconcile_payments"""

    help = "Match bank entries with open invoices."

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask for the charges; then match them, slowly enough to be watched."""
        run = current_run()
        hour = run.run_date.hour if run.run_date else 8
        say = self.stdout.write
        say(f"matching {214 + hour} entries of the hour from {hour:02}:00")
        say(f"{CYAN}GET{PLAIN} https://{HOST}/v1/charges")
        total = self._charges(hour)
        say(f"{GREEN}200 OK{PLAIN} {total} charges")
        for step in range(1, STEPS + 1):
            run.check()
            time.sleep(float(os.environ["SEED_STEP"]))
            run.progress(total * step // STEPS, total)
            say(f"{GREEN}OK{PLAIN} {total * step // STEPS} of {total} matched")

    def _charges(self, hour: int) -> int:
        try:
            return charges(hour)
        except OSError:
            self.stderr.write(f"{RED}no answer after 20 s (3 of 3){PLAIN}")
            raise
