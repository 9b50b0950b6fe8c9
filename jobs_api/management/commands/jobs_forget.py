"""Forget a source that calls no more on purpose, so that nobody misses it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from jobs_api import database
from jobs_api.management import base
from jobs_api.monitoring.forgetting import forget
from jobs_api.monitoring.source_report import source_reports
from jobs_api.monitoring.tallies import POLLS


class Command(base.JobsCommand):
    """manage.py jobs_forget SOURCE"""

    help = (
        "Forget a source that was removed on purpose: health and jobs_list do not call it silent any more. "
        "With --job or --run-due, forget only that part. If it calls again, it begins anew."
    )
    examples = ("cron-job-org", "curl --by ci", "eventbridge --job nightly", "crontab --run-due")
    statuses = {1: "no such source, or it does not do that"}

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the arguments."""
        super().add_arguments(parser)
        parser.add_argument("source", help="as jobs_list --sources prints it; '' for one without a name")
        parser.add_argument("--by", help="only that of this token or user")
        part = parser.add_mutually_exclusive_group()
        part.add_argument("--job", help="forget only that it triggered this job")
        part.add_argument("--run-due", action="store_true", help="forget only that it called run-due")
        parser.add_argument("--reason", default="", help="is stored in the audit")

    def handle(self, *args: Any, **options: Any) -> None:
        """Forget it, and say what was forgotten."""
        source, by, job = options["source"], options["by"], POLLS if options["run_due"] else options["job"]
        done = forget(source, actor=by, job=job, reason=options["reason"])
        if not done:
            raise CommandError(_nothing(source, by, job))
        payload = [{"source": row.source, "by": row.actor, "job": options["job"]} for row in done]
        what = "{}" if job is None else f"that {{}} {_does(job)}"
        told = [f"Forgot {what.format(_named(row.source, row.actor))}." for row in done]
        self.show(options, payload, *told)


def _nothing(source: str, by: str | None, job: str | None) -> str:
    known = sorted({_named(each.source, each.actor) for each in source_reports(database.now())})
    what = f"No source {_named(source or 'without a name', by or '')}" + (
        "." if job is None else f" {_does(job)}."
    )
    return f"{what} There are: {', '.join(known) or 'none'}."


def _does(job: str) -> str:
    return "calls run-due" if job == POLLS else f"triggers {job}"


def _named(source: str, actor: str) -> str:
    name = source or "a source without a name"
    return f"{name} ({actor})" if actor else name
