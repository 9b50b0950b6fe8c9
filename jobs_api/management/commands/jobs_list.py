"""List the jobs and how they stand, or runs."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.db.models import QuerySet

from jobs_api import clock, database, registry
from jobs_api.management import base
from jobs_api.models import JobHost, JobRun, State
from jobs_api.monitoring import health
from jobs_api.registry.job import Job
from jobs_api.runs import hosts, job_state, readers

JOBS = ("job", "schedule", "timezone", "next", "last_slot", "last_state", "run", "health")
RUNS = ("run", "run_date", "state", "attempt", "trigger", "source", "started", "took")
HOSTS = ("host", "seen", "time_zone", "version", "clock_off", "jobs", "differs_in")
RUNS_OF_ALL = ("run", "job", *RUNS[1:])


class Command(base.JobsCommand):
    """manage.py jobs_list [NAME]"""

    help = (
        "List all jobs: schedule, next slot, last run, health. With a NAME, list that job's newest runs; "
        "with --state alone, those of all jobs; with --hosts, what other hosts declare differently."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Define them."""
        super().add_arguments(parser)
        parser.add_argument("name", nargs="?", help="a job, to list its runs")
        parser.add_argument("--state", choices=State.values, help="only runs in this state")
        parser.add_argument("--hosts", action="store_true", help="what other hosts declare differently")
        parser.add_argument("--limit", type=int, default=20, help="at most so many runs (20)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print them."""
        if options["hosts"]:
            self._hosts(options)
        elif options["name"] is not None:
            job = base.job(options["name"])
            found = _runs(options).filter(job_name=job.name)
            self._print(options, RUNS, [_run(job, run) for run in _newest(found, options)], "No such runs.")
            pause = job_state.last_pause(job)
            if pause is not None and not options["json"]:
                self.stdout.write(f"\nThe last pause: {base.pause_told(pause, job)}.")
        elif options["state"]:
            lines = [_run_of_any(run) for run in _newest(_runs(options), options)]
            self._print(options, RUNS_OF_ALL, lines, "No such runs.")
        else:
            self._print(options, JOBS, _jobs(), "No jobs: declare them in <app>/jobs.py.")
            self._warn()

    def _hosts(self, options: dict[str, Any]) -> None:
        """Each host, with what it declares differently: at an hour when nobody wants to compare by eye."""
        rows = list(hosts.known())
        different = [item for row in rows for item in hosts.between(row)]
        said = {
            "hosts": [dict(zip(HOSTS, _host(row), strict=True)) for row in rows],
            "differences": [dataclasses.asdict(item) for item in different],
        }
        parts = [self.table(HOSTS, map(_host, rows)) if rows else "No host has reported yet: run-due does."]
        if different:
            lines = [(item.host, item.job, item.there, item.here) for item in different]
            parts.append(self.table(("host", "job", "declared there", "declared here"), lines))
        self.say(options, said, "\n\n".join(parts))

    def _warn(self) -> None:
        """What is wrong and is no job's fault."""
        different = hosts.differences(at=database.guess())
        wrong = [clock.said()] + ([f"{hosts.said(different)} See jobs_list --hosts."] if different else [])
        for line in filter(None, wrong):
            self.stderr.write(line)

    def _print(self, options: dict[str, Any], headings: tuple[str, ...], lines: list[Any], none: str) -> None:
        said = [dict(zip(headings, line, strict=True)) for line in lines]
        self.say(options, said, self.table(headings, lines) if lines else none)


def _host(row: JobHost) -> tuple[Any, ...]:
    off = f"{row.clock_off:+.0f} s" if row.clock_off else None
    differs = len(hosts.between(row))
    return (row.host, row.seen_at, row.time_zone, row.version, off, len(row.declarations), differs)


def _jobs() -> list[tuple[Any, ...]]:
    jobs = registry.jobs()
    now, found = job_state.standings()
    last, started = readers.last_runs(jobs, None), readers.last_started(jobs, None)
    return [
        (*_job(item.job, last.get(item.job.name), now), health.verdict(item, started.get(item.job.name), now))
        for item in found
    ]


def _job(job: Job, last: JobRun | None, now: datetime) -> tuple[Any, ...]:
    ran = (None, None, None) if last is None else (_slot(job, last), _state(last), last.pk)
    return (job.name, job.schedule, job.slots.timezone, job.next_run_date(now), *ran)


def _runs(options: dict[str, Any]) -> QuerySet[JobRun]:
    found = readers.shown(database.rows(), None)
    return found.filter(readers.in_state(options["state"])) if options["state"] else found


def _newest(found: QuerySet[JobRun], options: dict[str, Any]) -> QuerySet[JobRun]:
    return found.order_by("-run_date", "-pk")[: max(options["limit"], 1)]


def _run_of_any(run: JobRun) -> tuple[Any, ...]:
    number, *known = _run(registry.find(run.job_name), run)
    return (number, run.job_name, *known)


def _run(job: Job | None, run: JobRun) -> tuple[Any, ...]:
    who = (run.trigger, run.source)
    return (
        run.pk,
        _slot(job, run),
        _state(run),
        run.attempt,
        *who,
        run.started_at,
        base.duration(run.duration_ms),
    )


def _slot(job: Job | None, run: JobRun) -> datetime:
    return run.run_date if job is None else run.run_date.astimezone(job.slots.zone)


def _state(run: JobRun) -> str:
    state, reason = readers.state_of(run)
    return state if reason in ("", state) else f"{state} {reason}"
