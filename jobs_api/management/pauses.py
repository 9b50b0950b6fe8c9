"""What ``jobs_pause`` and ``jobs_resume`` have in common, and pauses in words for the other commands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser

from jobs_api import database, registry
from jobs_api.conf import default_timezone
from jobs_api.exceptions import NotFound
from jobs_api.management import base
from jobs_api.management.tables import moment
from jobs_api.models import JobPause
from jobs_api.monitoring.report import JobReport
from jobs_api.registry import discovery
from jobs_api.registry.job import Job
from jobs_api.runs import backlog
from jobs_api.runs.pausing import BY_ITSELF, Change
from jobs_api.text import one_line
from jobs_api.triggers.pause_orders import matching

NONE_CHOSEN = "Name a job, or give --glob 'report_*' or --all."
AGES = (("day", 86400), ("hour", 3600), ("minute", 60))


def add_selection(parser: CommandParser) -> None:
    """The arguments that choose jobs."""
    parser.add_argument("names", nargs="*", metavar="name", help="a job")
    parser.add_argument("--all", action="store_true", help="all jobs that are declared now")
    parser.add_argument(
        "--glob", action="append", default=[], help="the jobs that match, such as 'report_*'; may be repeated"
    )


def chosen(options: dict[str, Any]) -> list[Job]:
    """The jobs that the arguments choose, each once."""
    names, globs = options["names"], options["glob"]
    globs = [globs] if isinstance(globs, str) else globs  # from code that calls the command
    if not (names or globs or options["all"]):
        raise CommandError(f"{NONE_CHOSEN} {discovery.known()}")
    try:
        jobs = [*map(base.job, names), *matching(globs)]
    except NotFound as error:
        raise CommandError(f"{error.detail} {discovery.known()}") from None
    jobs += registry.jobs() if options["all"] else []
    return list({job.name: job for job in jobs}.values())


def report(
    command: base.JobsCommand,
    options: dict[str, Any],
    jobs: Sequence[Job],
    changes: Sequence[Change],
    at: datetime,
) -> None:
    """Print what became of each job, and how many of its runs wait."""
    waiting = backlog.waiting(jobs, at=at)
    payload, lines = [], []
    for job, done in zip(jobs, changes, strict=True):
        told = {"job": job.name, "changed": done.changed, "last_pause": members(done.pause)}
        payload.append({**told, "waiting": waiting[job.name]})
        lines.append(f"{job.name}: {_became(done, at)}{_wait(waiting[job.name])}")
    command.show(options, payload, *lines)


def _became(done: Change, at: datetime) -> str:
    pause = done.pause
    if pause is None:
        return "was not paused"
    if pause.is_in_force(at):
        if not done.changed:
            return f"was paused already, {text(pause)}"
        before = f"; this replaces the pause {_begun(done.replaced)}" if done.replaced else ""
        return f"paused{_until(pause)}{before}"
    if done.changed:
        return f"resumed; it was paused {text(pause)}"
    over = f" any more; it was {text(pause)}" if pause.resume_comment == BY_ITSELF else ""
    return f"was not paused{over}"


def _wait(number: int) -> str:
    return "" if not number else f"; {number} run{'s wait' if number > 1 else ' waits'}"


def text(pause: JobPause) -> str:
    """When it was, who requested it, who ended it, and why."""
    if pause.until is not None and pause.ended_at is None and not pause.is_in_force(database.guess()):
        return f"{_begun(pause)} to {moment(pause.until)} ({BY_ITSELF})"  # nobody has closed its row yet
    if pause.ended_at is None:
        return f"{_begun(pause)},{_until(pause) or ' until it is resumed'}"
    return f"{_begun(pause)} to {moment(pause.ended_at)}{_by(pause.resumed_by, pause.resume_comment)}"


def _begun(pause: JobPause) -> str:
    return f"from {moment(pause.started_at)}{_by(pause.actor, pause.comment)}"


def _until(pause: JobPause) -> str:
    return f" until {moment(pause.until)} ({default_timezone()})" if pause.until else ""


def _by(actor: str, comment: str) -> str:
    return (f" by {one_line(actor)}" if actor else "") + (f" ({one_line(comment)})" if comment else "")


def standing(report: JobReport, at: datetime) -> str:
    """A line about a job that is paused: for how long it has been, why, until when, and what waits."""
    pause = report.last_pause
    if not report.paused or pause is None:
        return ""
    since, wait = lasting(at - pause.started_at), _wait(report.waiting or 0)
    return f"{report.job.name} is paused for {since}: {text(pause)}{wait}."


def lasting(time: timedelta) -> str:
    """The largest unit: a person wants to see that it is weeks."""
    for unit, seconds in AGES:
        number = int(time.total_seconds() // seconds)
        if number:
            return f"{number} {unit}{'s' if number > 1 else ''}"
    return "less than a minute"


def members(pause: JobPause | None) -> dict[str, Any] | None:
    """The same for programs, with the names of the API."""
    if pause is None:
        return None
    begun = {
        "started_at": pause.started_at,
        "until": pause.until,
        "actor": pause.actor,
        "reason": pause.comment,
    }
    ended = {"resumed_by": pause.resumed_by, "resume_reason": pause.resume_comment}
    return {**begun, "ended_at": pause.ended_at, **ended}
