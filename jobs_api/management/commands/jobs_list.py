"""List the jobs and how they stand, or the runs of one job."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from jobs_api import cli, health, registry, storage
from jobs_api.due import next_run_date
from jobs_api.models import JobRun, State
from jobs_api.registry import Job

JOBS = ("job", "schedule", "timezone", "next", "last_slot", "last_state", "run", "health")
RUNS = ("run", "run_date", "state", "attempt", "trigger", "source", "started", "took")


class Command(cli.JobsCommand):
    """manage.py jobs_list [NAME]"""

    help = "List all jobs: schedule, next slot, last run, health. With a NAME, list that job's newest runs."

    def add_arguments(self, parser: CommandParser) -> None:
        """Define them."""
        super().add_arguments(parser)
        parser.add_argument("name", nargs="?", help="a job, to list its runs")
        parser.add_argument("--state", choices=State.values, help="only runs in this state")
        parser.add_argument("--limit", type=int, default=20, help="at most so many runs (20)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print them."""
        if options["name"] is not None:
            self._print(options, RUNS, _runs(cli.job(options["name"]), options), "No such runs.")
        else:
            self._print(options, JOBS, _jobs(timezone.now()), "No jobs: declare them in <app>/jobs.py.")

    def _print(self, options: dict[str, Any], headings: tuple[str, ...], lines: list[Any], none: str) -> None:
        said = [dict(zip(headings, line, strict=True)) for line in lines]
        self.say(options, said, cli.table(headings, lines) if lines else none)


def _jobs(now: datetime) -> list[tuple[Any, ...]]:
    jobs = registry.jobs()
    last, started = health.last_runs(jobs, None), health.last_started(jobs, None)
    return [
        (*_job(item.job, last.get(item.job.name), now), health.verdict(item, started.get(item.job.name), now))
        for item in health.standings(at=now)
    ]


def _job(job: Job, last: JobRun | None, now: datetime) -> tuple[Any, ...]:
    ran = (None, None, None) if last is None else (_slot(job, last), _state(last), last.pk)
    return (job.name, job.schedule, job.slots.timezone, next_run_date(job, now), *ran)


def _runs(job: Job, options: dict[str, Any]) -> list[tuple[Any, ...]]:
    found = storage.rows().filter(job_name=job.name)
    if options["state"]:
        found = found.filter(health.in_state(options["state"]))
    newest = health.shown(found, None).order_by("-run_date")[: max(options["limit"], 1)]
    return [_run(job, run) for run in newest]


def _run(job: Job, run: JobRun) -> tuple[Any, ...]:
    who = (run.trigger, run.source)
    return (
        run.pk,
        _slot(job, run),
        _state(run),
        run.attempt,
        *who,
        run.started_at,
        cli.duration(run.duration_ms),
    )


def _slot(job: Job, run: JobRun) -> datetime:
    return run.run_date.astimezone(job.slots.zone)


def _state(run: JobRun) -> str:
    state, reason = health.state_of(run)
    return state if reason in ("", state) else f"{state} {reason}"
