"""Print what the database knows of the runs, and of triggers that found theirs done, as JSON."""

from __future__ import annotations

import json
import time
from typing import Any

from django.core.management.base import BaseCommand

from jobs_api.models import JobRun, TriggerCount
from jobs_api.models.states import HELD
from tools.chaos.ledger import instant


class Command(BaseCommand):
    """manage.py accounts"""

    help = "Print the runs and the counts."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--wait", type=float, default=0, help="seconds for what is claimed to end")

    def handle(self, *args: Any, wait: float, **options: Any) -> None:
        give_up = time.monotonic() + wait
        while time.monotonic() < give_up and JobRun.objects.filter(state__in=HELD).exists():
            time.sleep(0.5)
        runs = JobRun.objects.order_by("job_name", "run_date")
        counts = TriggerCount.objects.values_list("job_name", "source", "outcome", "count")
        names = ("job", "source", "outcome", "count")
        self.stdout.write(
            json.dumps(
                {
                    "runs": [account(run) for run in runs],
                    "counts": [dict(zip(names, row, strict=True)) for row in counts],
                }
            )
        )


def account(run: JobRun) -> dict[str, Any]:
    """One run."""
    return {
        "job": run.job_name,
        "slot": instant(run.run_date),
        "state": run.state,
        "error": run.error,
        "source": run.source,
        "trigger": run.trigger,
        "attempts": run.attempt,
    }
