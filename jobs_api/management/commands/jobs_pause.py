"""Pause jobs."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from jobs_api import database
from jobs_api.management import base
from jobs_api.runs import pausing


class Command(base.JobsCommand):
    """manage.py jobs_pause NAME [NAME ...]"""

    help = "Pause jobs: triggers answer `paused`. Slots during the pause do not count as missed."
    examples = ("nightly --reason 'the partner is down'",)

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the arguments."""
        super().add_arguments(parser)
        parser.add_argument("names", nargs="+", metavar="name", help="a job")
        parser.add_argument("--reason", default="", help="is stored with the pause")

    def handle(self, *args: Any, **options: Any) -> None:
        """Pause the jobs."""
        jobs = [base.job(name) for name in options["names"]]
        now = database.now()
        reports = []
        for job in jobs:
            changed = pausing.pause(job, actor=base.user(), comment=options["reason"], at=now).changed
            verb = "paused" if changed else "was paused already,"
            reports.append(base.paused(job, verb, changed=changed, tell=not changed))
        self.show(options, [item.members for item in reports], "\n".join(item.text for item in reports))
