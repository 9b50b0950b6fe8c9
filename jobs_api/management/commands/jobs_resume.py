"""Resume jobs."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from jobs_api import database
from jobs_api.management import base
from jobs_api.runs import pausing


class Command(base.JobsCommand):
    """manage.py jobs_resume NAME [NAME ...]"""

    help = "Resume paused jobs: triggers start them again. Nothing starts by itself."
    examples = ("nightly --reason 'it is up again'",)

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the arguments."""
        super().add_arguments(parser)
        parser.add_argument("names", nargs="+", metavar="name", help="a job")
        parser.add_argument("--reason", default="", help="is stored with the pause")

    def handle(self, *args: Any, **options: Any) -> None:
        """Resume the jobs."""
        jobs = [base.job(name) for name in options["names"]]
        now = database.now()
        reports = []
        for job in jobs:
            changed = pausing.resume(job, actor=base.user(), comment=options["reason"], at=now).changed
            verb = "resumed; it was paused" if changed else "was not paused"
            reports.append(base.paused(job, verb, changed=changed, tell=changed))
        self.show(options, [item.members for item in reports], "\n".join(item.text for item in reports))
