"""Show one run with its attempts and its output."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser

from jobs_api.management import base
from jobs_api.management.tables import Table
from jobs_api.monitoring.run_report import AttemptReport, RunReport, attempts, local, output
from jobs_api.runs.output import Parts, rest
from jobs_api.text import colourless

HEADINGS = (
    "attempt",
    "state",
    "reason",
    "trigger",
    "source",
    "actor",
    "executor",
    "holder",
    "started",
    "took",
    "error",
    "note",
    "comment",
)
DROP = ("source", "executor", "comment", "actor", "note", "trigger", "took", "started", "holder")
NO_OUTPUT: Parts = (b"", b"", 0)


class Command(base.JobsCommand):
    """manage.py jobs_show ID"""

    help = "Show a run: its state, every attempt, and the newest attempt's output."
    examples = ("42", "42 --attempt 1 --raw")
    statuses = {1: "no such run, or no such attempt"}

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the arguments."""
        super().add_arguments(parser)
        parser.add_argument("run", help="the run's id, as jobs_list prints it")
        parser.add_argument(
            "--attempt", type=int, help="show the output of this attempt (default: the newest)"
        )
        parser.add_argument(
            "--raw",
            action="store_true",
            help="print the output unchanged: it may colour and control the terminal",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the run."""
        run = base.run(options["run"])
        number = run.attempt if options["attempt"] is None else options["attempt"]
        if options["attempt"] is not None and not 1 <= number <= run.attempt:
            raise CommandError(f"Run {run.pk} has no attempt {number}; it has had {run.attempt}.")
        report, lines = RunReport.of(run), list(map(_line, attempts(run)))
        text = rest(output(run, number) or NO_OUTPUT, 0).decode("utf-8", "replace")
        raw = options["raw"] and not options["json"]
        shown = [] if raw else [colourless(text)]
        table = self.table(HEADINGS, lines, DROP)
        parts: list[str | Table] = [_title(report), "", table, "", f"Output of attempt {number}:", *shown]
        self.show(options, _payload(report, lines, text), *parts)
        if raw:
            self.stdout.raw(text)


def _payload(report: RunReport, lines: list[tuple[Any, ...]], text: str) -> dict[str, Any]:
    progress = report.newest.progress
    return {
        "run": report.id,
        "job": report.job_name,
        "run_date": report.run_date.astimezone(UTC),
        "state": report.state,
        "waits_since": report.waiting_since,
        "next_attempt_at": report.next_try_at,
        "progress": None if progress is None else progress._asdict(),
        "tries": report.tries,
        "options": report.options,
        "attempts": [dict(zip(HEADINGS, line, strict=True)) for line in lines],
        "output": text,
    }


def _title(report: RunReport) -> str:
    parts = [f"Run {report.id}: {report.job_name}", f"slot {report.run_date.isoformat()}", _state(report)]
    if report.next_try_at is not None:
        parts.append(f"next try from {_brief(report, report.next_try_at)}")
    if report.newest.progress is not None:
        parts.append(
            "progress " + " of ".join(str(number) for number in report.newest.progress if number is not None)
        )
    return ", ".join([*parts, f"tries used {report.tries}", f"options {report.options}"])


def _state(report: RunReport) -> str:
    since = report.waiting_since
    return report.outcome if since is None else f"{report.outcome} since {_brief(report, since)}"


def _brief(report: RunReport, instant: datetime) -> str:
    return local(instant, report.job).isoformat(timespec="seconds")


def _line(attempt: AttemptReport) -> tuple[Any, ...]:
    took = base.duration(attempt.duration_ms)
    who = (attempt.trigger, attempt.source, attempt.actor, attempt.executor, attempt.holder)
    what = (attempt.attempt, attempt.state, attempt.reason)
    return (*what, *who, attempt.started_at, took, attempt.error, attempt.note, attempt.comment)
