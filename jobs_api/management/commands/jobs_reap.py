"""Close attempts whose holder no longer renews its lease."""

from __future__ import annotations

from typing import Any

from jobs_api import database, runs
from jobs_api.clock import Moment
from jobs_api.management import base


class Command(base.JobsCommand):
    """manage.py jobs_reap"""

    help = "Close attempts whose lease has expired as lost. Triggers and jobs_run_due do this, too."
    examples = ("",)

    def handle(self, *args: Any, **options: Any) -> None:
        """Close the attempts and list them."""
        headings = ("run", "job", "run_date", "attempt")
        reaped = runs.reap(moment=Moment(database.now()))
        lines = [(run.pk, run.job_name, run.run_date, run.attempt) for run in reaped]
        payload = [dict(zip(headings, line, strict=True)) for line in lines]
        self.show(options, payload, self.table(headings, lines) if lines else "No lease has expired.")
