"""Cancel a queued run, or ask a running one to stop."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from jobs_api.management import base
from jobs_api.triggers.cancelling import cancel_run


class Command(base.JobsCommand):
    """manage.py jobs_cancel ID"""

    help = "Cancel a queued run. A running one is asked to stop, and stops at its next check()."
    examples = ("42 --reason 'wrong file'",)
    statuses = {0: "cancelled, or asked to stop", 1: "no such run, or it has ended"}

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the arguments."""
        super().add_arguments(parser)
        parser.add_argument("run", help="the run's id, as jobs_list prints it")
        parser.add_argument("--reason", default="", help="is stored with the run")

    def handle(self, *args: Any, **options: Any) -> None:
        """Cancel the run and print whether it is cancelled or was asked to stop."""
        run = base.run(options["run"])
        with base.refusals():
            done = cancel_run(run, actor=base.user(), reason=options["reason"])
        payload = {"run": run.pk, "cancelled": done, "asked_to_stop": not done}
        self.show(options, payload, f"Run {run.pk}: {'cancelled' if done else 'asked to stop'}.")
