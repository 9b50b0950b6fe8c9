"""Run a slot again, from any end state."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import CommandParser

from jobs_api.management import base
from jobs_api.management.commands.jobs_run import INSISTED, report, say_why
from jobs_api.management.interrupts import interruptible
from jobs_api.management.triggering import TriggeringCommand
from jobs_api.runs.types import RERUN, Trigger
from jobs_api.triggers.rerunning import rerun


class Command(TriggeringCommand):
    """manage.py jobs_rerun ID"""

    help = "Start a new attempt of a run that has ended. The exit status is 1 unless it succeeds."
    examples = ("42 --reason 'the address is right now'", """42 --options '{"days": 30}'""")
    statuses = {0: "it succeeded", 1: "it did not succeed, or nothing was started"}

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the arguments."""
        super().add_arguments(parser)
        parser.add_argument("run", help="the run's id, as jobs_list and jobs_show print it")
        parser.add_argument("--options", default=None, help="a JSON object to replace the run's options")
        parser.add_argument("--reason", default="", help="is stored with the attempt")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rerun the run."""
        run = base.run(options["run"])
        job = base.job(run.job_name)
        new_options = base.json_object(options["options"])
        with base.refusals(), interruptible():
            by, context = (base.user(), options["reason"]), base.traceparent()
            result = rerun(run, job, Trigger(RERUN, "", *by, traceparent=context), new_options)
        report(self, options, [result])
        if result.outcome in INSISTED:
            say_why(self, result)
        if result.outcome != "succeeded":
            sys.exit(1)
