"""Resume jobs."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from jobs_api import database
from jobs_api.database import bounds
from jobs_api.management import base, pauses
from jobs_api.runs import pausing


class Command(base.JobsCommand):
    """manage.py jobs_resume NAME [NAME ...]"""

    help = "Resume paused jobs: triggers start them again. Nothing starts by itself."

    examples = ("nightly --reason 'it is up again'", "--all")

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the arguments."""
        super().add_arguments(parser)
        pauses.add_selection(parser)
        parser.add_argument("--reason", default="", help="is stored with the pause")

    def handle(self, *args: Any, **options: Any) -> None:
        """Resume the jobs."""
        jobs, now, changes = pauses.chosen(options), database.now(), []
        with base.refusals():
            for job in jobs:
                changes.append(pausing.resume(job, actor=base.user(), comment=options["reason"], at=now))
                bounds.afresh()
        pauses.report(self, options, jobs, changes, now)
