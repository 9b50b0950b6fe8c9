"""Show one run with its attempts and its output; follow it until it has ended."""

from __future__ import annotations

import sys
from datetime import UTC
from typing import Any

from django.core.management.base import CommandError, CommandParser

from jobs_api import database
from jobs_api.management import base, people
from jobs_api.management.facts import Facts
from jobs_api.management.following import Follower
from jobs_api.management.run_facts import Shown, facts, title
from jobs_api.management.tables import Table
from jobs_api.models import JobRun
from jobs_api.monitoring.outlook import may_be_tried
from jobs_api.monitoring.run_report import AttemptReport, RunReport, attempts, output
from jobs_api.runs import pausing
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
DROP = ("source", "executor", "comment", "actor", "note", "trigger", "holder", "started", "took")
"""The facts above the table have these of the attempt that is shown."""
NO_OUTPUT: Parts = (b"", b"", 0)


class Command(base.JobsCommand):
    """manage.py jobs_show ID"""

    help = (
        "Show a run: how far it is, what comes next, every attempt, and the newest attempt's output. "
        "With a job's name, its newest run."
    )
    examples = ("42", "nightly", "42 --follow", "42 --attempt 1 --raw")
    statuses = {
        0: "shown; with --follow: the run succeeded",
        1: "no such run or attempt; with --follow: it did not succeed",
    }

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the arguments."""
        super().add_arguments(parser)
        parser.add_argument("run", help="the run's id, as jobs_list prints it; or a job's name")
        parser.add_argument("--follow", action="store_true", help="print the output as it comes, to the end")
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
        if options["follow"] and (options["json"] or options["attempt"] is not None):
            raise CommandError("--follow is for people, and for the newest attempt: no --json, no --attempt.")
        run = base.run_or_newest(options["run"])
        number = run.attempt if options["attempt"] is None else options["attempt"]
        if options["attempt"] is not None and not 1 <= number <= run.attempt:
            raise CommandError(f"Run {run.pk} has no attempt {number}; it has had {run.attempt}.")
        shown, table = self._read(run, number)
        parts: list[str | Table | Facts] = [title(shown.report), facts(shown), "", table, ""]
        parts.append(f"Output of attempt {number}:")
        if options["follow"]:
            self.show(options, None, *parts)
            self._follow(run, options)
            return
        text = rest(output(run, number) or NO_OUTPUT, 0).decode("utf-8", "replace")
        raw = options["raw"] and not options["json"]
        self.show(options, _payload(shown, table, text), *parts, *([] if raw else [colourless(text)]))
        if raw:
            self.stdout.raw(text)

    def _read(self, run: JobRun, number: int) -> tuple[Shown, Table]:
        """The run with what is shown of it: one statement, and one for a pause that may matter."""
        report, found = RunReport.of(run), attempts(run)
        chosen = next((each for each in found if each.attempt == number), report.newest)
        pause = pausing.last_pause(report.job) if report.job is not None and may_be_tried(run) else None
        shown = Shown(run, report, chosen, pause, database.guess())
        return shown, self.table(HEADINGS, map(_line, found), DROP)

    def _follow(self, run: JobRun, options: dict[str, Any]) -> None:
        follower = Follower(run, self.stdout, self.stderr, raw=options["raw"])
        succeeded = follower.follow()
        follower.end_line()
        shown, _ = self._read(follower.run, follower.run.attempt)
        self.show(options, None, "", title(shown.report), facts(shown))
        if not succeeded:
            sys.exit(1)


def _payload(shown: Shown, table: Table, text: str) -> dict[str, Any]:
    report, expected = shown.report, shown.outlook
    progress, elapsed = report.newest.progress, shown.elapsed
    return {
        "run": report.id,
        "job": report.job_name,
        "call": None if report.job is None else report.job.call,
        **people.members(report.job),
        "run_date": report.run_date.astimezone(UTC),
        "state": report.state,
        "waits_since": report.waiting_since,
        "next_attempt_at": report.next_try_at,
        "next_try": None if expected is None else expected._asdict(),
        "progress": None if progress is None else progress._asdict(),
        "elapsed_seconds": None if elapsed is None else elapsed.total_seconds(),
        "timeout": None if report.job is None else report.job.timeout,
        "lease_expires_at": shown.run.lease_expires_at,
        "tries": report.tries,
        "max_attempts": None if report.job is None else report.job.max_attempts,
        "options": report.options,
        "attempts": [dict(zip(HEADINGS, line, strict=True)) for line in table.rows],
        "output": text,
    }


def _line(attempt: AttemptReport) -> tuple[Any, ...]:
    took = base.duration(attempt.duration_ms)
    who = (attempt.trigger, attempt.source, attempt.actor, attempt.executor, attempt.holder)
    what = (attempt.attempt, attempt.state, attempt.reason)
    return (*what, *who, attempt.started_at, took, attempt.error, attempt.note, attempt.comment)
