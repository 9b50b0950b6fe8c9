"""Close attempts whose holder has gone silent."""

from __future__ import annotations

from typing import Any

from jobs_api import database, runs
from jobs_api.clock import Moment
from jobs_api.management import base


class Command(base.JobsCommand):
    """manage.py jobs_reap"""

    help = "Close attempts whose lease has run out as lost. Triggers and jobs_run_due do it, too."

    def handle(self, *args: Any, **options: Any) -> None:
        """Close them and say which."""
        headings = ("run", "job", "run_date", "attempt")
        reaped = runs.reap(moment=Moment(database.now()))
        lines = [(run.pk, run.job_name, run.run_date, run.attempt) for run in reaped]
        said = [dict(zip(headings, line, strict=True)) for line in lines]
        self.say(options, said, self.table(headings, lines) if lines else "No lease has run out.")
