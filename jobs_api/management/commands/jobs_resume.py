"""Resume jobs."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from jobs_api import cli, states, storage


class Command(cli.JobsCommand):
    """manage.py jobs_resume NAME [NAME ...]"""

    help = "Let the triggers of paused jobs through again; nothing starts by itself."

    def add_arguments(self, parser: CommandParser) -> None:
        """Define them."""
        super().add_arguments(parser)
        parser.add_argument("names", nargs="+", metavar="name", help="a job")

    def handle(self, *args: Any, **options: Any) -> None:
        """Resume them."""
        jobs = [cli.job(name) for name in options["names"]]
        now = storage.now()
        said = [{"job": job.name, "changed": states.resume(job, at=now)} for job in jobs]
        lines = [f"{item['job']}: {'resumed' if item['changed'] else 'was not paused'}" for item in said]
        self.say(options, said, "\n".join(lines))
