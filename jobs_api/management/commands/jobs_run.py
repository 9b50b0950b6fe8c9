"""Trigger one job: the same path and the same guarantee as over HTTP. Usable as a crontab line."""

from __future__ import annotations

import dataclasses
import secrets
import sys
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from jobs_api import database
from jobs_api.exceptions import SENTENCES
from jobs_api.management import base
from jobs_api.management.interrupts import interruptible
from jobs_api.management.triggering import TriggeringCommand
from jobs_api.registry import discovery
from jobs_api.registry.job import Job
from jobs_api.text import one_line
from jobs_api.triggers.dispatch import dispatch
from jobs_api.triggers.payload import Payload
from jobs_api.triggers.request import UNSUCCESSFUL, Result

DROP = ("attempt", "took", "run_date")
"""Columns that a narrow terminal can do without, the first first."""
INSISTED = ("already_running", "overlap_skipped", "expired")
"""What a person who insists should hear of: nothing was started."""


class Command(TriggeringCommand):
    """manage.py jobs_run NAME"""

    help = "Trigger a job. Exit status 0 unless its slot failed; run it as often as you like."
    examples = (
        "nightly --source crontab",
        "nightly --run-date 2026-11-20",
        "report --new --reason 'asked for'",
    )
    statuses = {
        0: "the slot is done, is running, or waits for another trigger",
        1: "its attempt failed, nothing was started that you insisted on, or there is no such job",
    }

    def add_arguments(self, parser: CommandParser) -> None:
        """Define them."""
        super().add_arguments(parser)
        parser.add_argument("name", help="the job")
        parser.add_argument(
            "--run-date", help="the slot: ISO 8601 with offset, or a date; the current one if missing"
        )
        parser.add_argument(
            "--scheduled-at", help="the time that was scheduled, ISO 8601 with offset, in the place of now"
        )
        parser.add_argument(
            "--max-late", type=base.seconds, help="seconds; leave a slot older than that to another trigger"
        )
        parser.add_argument(
            "--options", default=None, help="a JSON object such as '{\"days\": 7}', as the job allows"
        )
        parser.add_argument(
            "--new", action="store_true", help="run again now: a slot of its own, for a job without schedule"
        )
        parser.add_argument("--force", action="store_true", help="rerun a slot that has ended")
        parser.add_argument("--reason", default="", help="is stored with the attempt")
        parser.add_argument("--source", default="", help="who calls, for the record")
        parser.add_argument(
            "--wait", type=base.seconds, default=0, help="seconds to wait for a run in the background"
        )
        parser.add_argument("--quiet", action="store_true", help="print only what went wrong")

    def handle(self, *args: Any, **options: Any) -> None:
        """Trigger it and say what came of it."""
        with base.refusals():
            discovery.require_sound()  # no crontab should leave a job out in silence
        job = base.job(options["name"])
        if options["new"]:
            options["run_date"] = _new_slot(job, options)
        with base.refusals(), interruptible():
            result = dispatch(_payload(options).request(job))
        refused = (options["force"] or options["new"]) and result.outcome in INSISTED
        wrong = result.outcome in UNSUCCESSFUL or refused
        report(self, options, [result] if wrong or not options["quiet"] else [])
        if refused:
            say_why(self, result)
        if wrong:
            if result.run is not None:
                self.stderr.write(f"Its attempts and output: manage.py jobs_show {result.run.id}")
            sys.exit(1)


def _new_slot(job: Job, options: dict[str, Any]) -> str:
    """This instant as the slot of a job that has no schedule.

    SQLite's clock has milliseconds: below them it is chance, so that two calls at once are two runs.
    """
    if job.schedule is not None:
        raise CommandError(
            f"{job.name!r} has a schedule, which gives its slots: --force runs the present one again, "
            "jobs_rerun any other."
        )
    if options["run_date"] or options["scheduled_at"] or options["force"]:
        raise CommandError("--new is a slot of its own: leave out --run-date, --scheduled-at and --force.")
    return (database.now() - timedelta(microseconds=secrets.randbelow(1000))).isoformat()


def _payload(options: dict[str, Any]) -> Payload:
    return Payload(
        "command",
        run_dates=(options["run_date"],),
        scheduled_at=options["scheduled_at"],
        max_late=options["max_late"],
        options=base.json_object(options["options"]),
        force=options["force"],
        source=options["source"],
        actor=base.user(),
        reason=options["reason"],
        by_hand=not options["source"] and base.at_a_terminal(),
        traceparent=base.traceparent(),
        wait=options["wait"],
        wait_own=options["wait"] or None,
    )


def say_why(command: base.JobsCommand, result: Result) -> None:
    """Explain why nothing was started."""
    why = one_line(SENTENCES[result.outcome])
    command.stderr.write(f"Nothing was started. {why}")


def report(command: base.JobsCommand, options: dict[str, Any], results: list[Result]) -> None:
    """Print what triggers led to; with --quiet, nothing where it led to nothing."""
    if options.get("quiet") and not results:
        return
    headings = ("outcome", "job", "run_date", "run", "attempt", "reason", "took")
    lines = [_line(result) for result in results]
    members = [
        {**dict(zip(headings, line, strict=True)), **_pause(result)}
        for line, result in zip(lines, results, strict=True)
    ]
    paused = [_paused(result) for result in results if result.pause is not None]
    command.show(options, members, command.table(headings, lines, DROP), *paused)


def _pause(result: Result) -> dict[str, Any]:
    return {} if result.pause is None else {"pause": dataclasses.asdict(result.pause)}


def _paused(result: Result) -> str:
    told = "" if result.pause is None else result.pause.told(timezone.get_default_timezone())
    return f"{result.job.name} is paused {told}."


def _line(result: Result) -> tuple[Any, ...]:
    run_date = result.run_date.astimezone(result.job.slots.zone)
    run = result.run
    if run is None:
        return (result.outcome, result.job.name, run_date, None, None, None, None)
    return (
        result.outcome,
        result.job.name,
        run_date,
        run.id,
        run.attempt,
        run.reason,
        base.duration(run.duration_ms),
    )
