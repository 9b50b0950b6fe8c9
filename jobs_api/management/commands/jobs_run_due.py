"""Start everything that is due, retryable or missed: one crontab line for all jobs."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import CommandParser

from jobs_api.management import base
from jobs_api.management.commands.jobs_run import report
from jobs_api.management.interrupts import interruptible
from jobs_api.management.triggering import TriggeringCommand
from jobs_api.registry import discovery
from jobs_api.runs.types import RUN_DUE, Trigger
from jobs_api.triggers.due import due, run_due
from jobs_api.triggers.request import UNSUCCESSFUL


class Command(TriggeringCommand):
    """manage.py jobs_run_due"""

    help = "Start every job that is due, retryable or missed, oldest first. Exit status 1 if one failed."
    examples = ("--quiet --source crontab", "--dry-run")
    statuses = {0: "nothing failed", 1: "an attempt failed, or a slot could not be started"}

    def add_arguments(self, parser: CommandParser) -> None:
        """Define them."""
        super().add_arguments(parser)
        parser.add_argument(
            "--dry-run", action="store_true", help="show what would be started, and start nothing"
        )
        parser.add_argument(
            "--seconds",
            type=base.seconds,
            default=0,
            help="stop starting after so long; 0: never (default)",
        )
        parser.add_argument(
            "--quiet", action="store_true", help="print only what went wrong, so that cron mails nothing else"
        )
        parser.add_argument("--source", default="", help="who calls, for the record")

    def handle(self, *args: Any, **options: Any) -> None:
        """Start them, or say which."""
        with base.refusals():
            discovery.require_sound()  # no crontab should leave a job out in silence
        if options["dry_run"]:
            self._show(options)
            return
        with base.refusals(), interruptible():
            trigger = Trigger(RUN_DUE, options["source"], base.user(), traceparent=base.traceparent())
            done = run_due(trigger, seconds=options["seconds"])
        quiet = options["quiet"]
        wrong = [result for result in done.results if result.outcome in UNSUCCESSFUL]
        report(self, options, wrong if quiet else done.results)
        if not options["json"] and not quiet:
            self.stdout.write(f"{len(done.results)} started or answered, {done.remaining} remaining.")
        if quiet and done.errors:
            self.stderr.write(f"{done.errors} could not be started, and remain: the log has the reasons.")
        if done.failed or done.errors:
            sys.exit(1)

    def _show(self, options: dict[str, Any]) -> None:
        headings = ("job", "run_date")
        lines = [(item.job.name, item.run_date.astimezone(item.job.slots.zone)) for item in due()]
        members = [dict(zip(headings, line, strict=True)) for line in lines]
        self.show(options, members, self.table(headings, lines) if lines else "Nothing is due.")
