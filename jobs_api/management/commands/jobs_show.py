"""Show one run with its attempts and its output."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser

from jobs_api import database, registry
from jobs_api.management import base
from jobs_api.models import AttemptRecord, JobRun, State
from jobs_api.runs import readers
from jobs_api.runs.output import rest
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


class Command(base.JobsCommand):
    """manage.py jobs_show ID"""

    help = "Show a run: its state, every attempt, and the newest attempt's output."

    def add_arguments(self, parser: CommandParser) -> None:
        """Define them."""
        super().add_arguments(parser)
        parser.add_argument("run", help="the run's id, as jobs_list prints it")
        parser.add_argument("--attempt", type=int, help="whose output to show; the newest if missing")
        parser.add_argument(
            "--raw",
            action="store_true",
            help="let the output act on the terminal: its colours, and all else",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it."""
        run = base.run(options["run"])
        run.lease_over = readers.is_lost(run)
        attempts: list[AttemptRecord] = list(database.superseded(run))
        attempts += [run] if run.attempt else []
        number = run.attempt if options["attempt"] is None else options["attempt"]
        if options["attempt"] is not None and not 1 <= number <= run.attempt:
            raise CommandError(f"Run {run.pk} has no attempt {number}; it has had {run.attempt}.")
        text = next((_output(attempt) for attempt in attempts if attempt.attempt == number), "")
        lines = [_line(attempt, run) for attempt in attempts]
        said = {
            "run": run.pk,
            "job": run.job_name,
            "run_date": run.run_date,
            "state": readers.state_of(run)[0],
            "waits_since": _waits_since(run),
            "next_attempt_at": _next_try(run),
            "progress": _progress(run),
            "tries": run.tries,
            "options": run.options,
            "attempts": [dict(zip(HEADINGS, line, strict=True)) for line in lines],
            "output": text,
        }
        raw = options["raw"] and not options["json"]
        shown = [] if raw else [colourless(text)]
        parts = [_title(run), "", self.table(HEADINGS, lines), "", f"Output of attempt {number}:", *shown]
        self.say(options, said, "\n".join(parts))
        if raw:
            self.stdout.raw(text)


def _title(run: JobRun) -> str:
    parts = [f"Run {run.pk}: {run.job_name}", f"slot {_local(run, run.run_date).isoformat()}", _state(run)]
    after, progress = _next_try(run), _progress(run)
    if after is not None:
        parts.append(f"next try from {_brief(run, after)}")
    if progress is not None:
        parts.append(
            "progress " + " of ".join(str(number) for number in progress.values() if number is not None)
        )
    return ", ".join([*parts, f"tries used {run.tries}", f"options {run.options}"])


def _state(run: JobRun) -> str:
    state, reason = readers.state_of(run)
    since = _waits_since(run)
    said = state if reason in ("", state) else f"{state} {reason}"
    return said if since is None else f"{said} since {_brief(run, since)}"


def _brief(run: JobRun, instant: datetime) -> str:
    return _local(run, instant).isoformat(timespec="seconds")


def _progress(run: JobRun) -> dict[str, int | None] | None:
    """What the newest attempt last said of itself; one that stands still is stuck."""
    done = run.progress_done
    return None if done is None else {"done": done, "total": run.progress_total}


def _next_try(run: JobRun) -> datetime | None:
    """From when on a call starts it again; None where none does, or any may."""
    job = registry.find(run.job_name)
    ended = job is not None and readers.state_of(run)[0] == State.FAILED and run.tries < job.max_attempts
    return run.next_attempt_at if ended else None


def _local(run: JobRun, instant: datetime) -> datetime:
    """In the job's zone, while there is such a job."""
    job = registry.find(run.job_name)
    return instant if job is None else instant.astimezone(job.slots.zone)


def _waits_since(run: JobRun) -> datetime | None:
    """Since when nobody has begun it; None where it does not wait."""
    state = readers.state_of(run)[0]
    if state == State.QUEUED:  # a later attempt that found no room has not waited since the run was made
        return run.created_at if run.attempt < 2 else run.next_attempt_at
    return run.claimed_at if state == State.CLAIMED else None


def _line(attempt: AttemptRecord, run: JobRun) -> tuple[Any, ...]:
    state, reason = readers.state_of(run) if attempt is run else (attempt.state, attempt.reason)
    took = base.duration(attempt.duration_ms)
    who = (attempt.trigger, attempt.source, attempt.actor, attempt.executor, attempt.holder)
    return (
        attempt.attempt,
        state,
        reason,
        *who,
        attempt.started_at,
        took,
        attempt.error,
        attempt.note,
        attempt.comment,
    )


def _output(attempt: AttemptRecord) -> str:
    kept = (bytes(attempt.output_head), bytes(attempt.output_tail), attempt.output_size)
    return rest(kept, 0).decode("utf-8", "replace")
