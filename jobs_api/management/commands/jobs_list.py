"""List the jobs with their health, or runs."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any

from django.core.management.base import CommandParser
from django.db.models import QuerySet

from jobs_api import database
from jobs_api.alerts.standing import standing
from jobs_api.history import standing as history
from jobs_api.management import (
    base,
    callers,
    doing,
    history_facts,
    incident_facts,
    monitor_facts,
    pauses,
    people,
)
from jobs_api.management.facts import Facts
from jobs_api.management.tables import Table
from jobs_api.models import JobHost, JobRun, State
from jobs_api.monitoring.report import HealthReport, JobReport, health_report, job_reports
from jobs_api.monitoring.run_report import RunReport
from jobs_api.monitoring.source_report import source_reports
from jobs_api.registry import discovery
from jobs_api.registry.job import Job
from jobs_api.runs import hosts, pausing, readers

JOBS = ("job", "schedule", "timezone", "next", "last_slot", "last_state", "run", "health")
RUNS = ("run", "run_date", "state", "attempt", "trigger", "source", "started", "took")
HOSTS = ("host", "seen", "time_zone", "version", "clock_off", "jobs", "differs_in")
RUNS_OF_ALL = ("run", "job", *RUNS[1:])
DROP = ("timezone", "last_slot", "schedule", "next", "source", "trigger", "attempt", "took", "started")
"""Columns that a narrow terminal can do without, the first first."""
NO_HOSTS = "No host has reported yet. jobs_run_due reports."


class Command(base.JobsCommand):
    """manage.py jobs_list [NAME]"""

    help = (
        "List all jobs: schedule, next slot, last run, health. With a NAME, list that job's newest runs; "
        "with --state alone, those of all jobs; with --hosts, what other hosts declare differently; "
        "with --sources, who calls, when each last did and how late, or who triggers the job NAME."
    )
    examples = ("", "nightly --state failed", "--state running", "--sources", "nightly --sources", "--json")
    statuses = {1: "no such job, or errors in the declarations leave none"}

    def add_arguments(self, parser: CommandParser) -> None:
        """Define the arguments."""
        super().add_arguments(parser)
        parser.add_argument("name", nargs="?", help="a job, to list its runs")
        parser.add_argument("--state", choices=State.values, help="only runs in this state")
        parser.add_argument("--hosts", action="store_true", help="what other hosts declare differently")
        parser.add_argument("--sources", action="store_true", help="who calls, and when each last did")
        people.add_filters(parser)
        parser.add_argument("--limit", type=int, default=20, help="at most so many runs (20)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the list."""
        people.require_a_list_of_jobs(options)
        if options["hosts"]:
            self._hosts(options)
        elif options["sources"]:
            self._sources(options)
        elif options["name"] is not None:
            job = base.job(options["name"])
            found = _runs(options).filter(job_name=job.name)
            self._print(options, RUNS, list(map(_run, _newest(found, options))), "No such runs.")
            if not (options["json"] or options["state"]):
                if job.call is not None:
                    self.stdout.write(f"\nIt calls {job.call}.")
                self.show(options, None, *doing.parts(job_reports([job])))
            pause = pausing.last_pause(job)
            if pause is not None and not options["json"]:
                self.stdout.write(f"\nThe last pause: {pauses.text(pause)}.")
            if not options["json"] and (told := list(people.facts(job))):
                self.show(options, None, "", Facts(told))
        elif options["state"]:
            lines = list(map(_run_of_any, _newest(_runs(options), options)))
            self._print(options, RUNS_OF_ALL, lines, "No such runs.")
        else:
            report = health_report(people.covers(options))
            self._jobs(options, report)
            if not options["json"]:
                self._paused(report)
            self._warn(report)
            if discovery.faults and not report.jobs:
                sys.exit(1)

    def _jobs(self, options: dict[str, Any], report: HealthReport) -> None:
        """Print all jobs, and below them what is under way."""
        lines = [_job(job) for job in report.jobs]
        listed = zip(report.jobs, lines, strict=True)
        payload = [
            dict(zip(JOBS, line, strict=True)) | _what(job.job) | _pause(job) | doing.members(job)
            for job, line in listed
        ]
        parts: list[str | Table] = [self.table(JOBS, lines, DROP) if lines else _no_jobs(options)]
        parts += doing.parts(report.jobs)
        alerts = [] if options["json"] else [*incident_facts.remarks(standing(report.at, report.sources))]
        alerts += [] if options["json"] else monitor_facts.remarks()
        alerts += [] if options["json"] else history_facts.remarks(history.standing(report.sources))
        if remarks := [*doing.remarks(report), *callers.remarks(report.sources, report.at), *alerts]:
            parts += ["", *remarks]
        self.show(options, payload, *parts)

    def _hosts(self, options: dict[str, Any]) -> None:
        """Print each host, and every job that it declares differently."""
        rows = list(hosts.known())
        different = [item for row in rows for item in hosts.between(row)]
        payload = {
            "hosts": [dict(zip(HOSTS, _host(row), strict=True)) for row in rows],
            "differences": [dataclasses.asdict(item) for item in different],
        }
        known = self.table(HOSTS, map(_host, rows), ("jobs", "version", "time_zone")) if rows else NO_HOSTS
        lines = [(item.host, item.job, item.there, item.here) for item in different]
        parts: list[str | Table] = [known]
        if lines:
            parts += ["", self.table(("host", "job", "declared there", "declared here"), lines)]
        self.show(options, payload, *parts)

    def _sources(self, options: dict[str, Any]) -> None:
        """Print each source, the newest call first."""
        at = database.now()
        found = source_reports(at)
        if options["name"] is not None:
            name = base.job(options["name"]).name
            rows, payload = callers.rows_of(name, found), callers.members_of(name, found)
            table = self.table(callers.OF_A_JOB, rows, callers.DROP_OF_A_JOB)
            self.show(options, payload, table if rows else callers.NONE_OF_IT.format(name))
            return
        table = self.table(callers.SOURCES, map(callers.row, found), callers.DROP)
        remarks = ["", *callers.remarks(found, at)] if any(each.is_missed for each in found) else []
        self.show(options, list(map(callers.members, found)), table if found else callers.NONE, *remarks)

    def _paused(self, report: HealthReport) -> None:
        """Print of each paused job why and until when it is, the longest pause first: it may be forgotten."""
        paused = [(job.last_pause, job) for job in report.jobs if job.paused and job.last_pause]
        lines = sorted((pause.started_at, pauses.standing(job, report.at)) for pause, job in paused)
        for number, (_, line) in enumerate(lines):
            self.stdout.write("\n" * (not number) + line)

    def _warn(self, report: HealthReport) -> None:
        """Print what is wrong that is not a job's fault, or hides jobs."""
        if discovery.caution():
            self.stderr.write(discovery.caution())
        if report.clock:
            self.stderr.write(report.clock)
        if report.differences:
            self.stderr.write(f"{hosts.summary(report.differences)} See jobs_list --hosts.")

    def _print(self, options: dict[str, Any], headings: tuple[str, ...], lines: list[Any], none: str) -> None:
        payload = [dict(zip(headings, line, strict=True)) for line in lines]
        self.show(options, payload, self.table(headings, lines, DROP) if lines else none)


def _host(row: JobHost) -> tuple[Any, ...]:
    off = f"{row.clock_off:+.0f} s" if row.clock_off else None
    differs = len(hosts.between(row))
    return (row.host, row.seen_at, row.time_zone, row.version, off, len(row.declarations), differs)


def _job(report: JobReport) -> tuple[Any, ...]:
    job, last = report.job, report.last_run
    ran = (None, None, None) if last is None else (last.run_date, last.outcome, last.id)
    return (job.name, job.schedule, job.slots.timezone, report.next_run_date, *ran, report.health)


def _no_jobs(options: dict[str, Any]) -> str:
    if people.is_filtered(options):
        return people.none_left(options)
    return "No jobs." if discovery.caution() else "No jobs: declare them in <app>/jobs.py."


def _what(job: Job) -> dict[str, Any]:
    return {"command": job.command, "call": job.call, **people.members(job)}


def _pause(report: JobReport) -> dict[str, Any]:
    pause = pauses.members(report.last_pause) if report.paused else None
    return {"pause": pause, "waiting": report.waiting}


def _runs(options: dict[str, Any]) -> QuerySet[JobRun]:
    found = readers.shown(database.rows(), None)
    return found.filter(readers.in_state(options["state"])) if options["state"] else found


def _newest(found: QuerySet[JobRun], options: dict[str, Any]) -> list[RunReport]:
    return list(map(RunReport.of, found.order_by("-run_date", "-pk")[: max(options["limit"], 1)]))


def _run_of_any(report: RunReport) -> tuple[Any, ...]:
    number, *known = _run(report)
    return (number, report.job_name, *known)


def _run(report: RunReport) -> tuple[Any, ...]:
    newest = report.newest
    who = (newest.trigger, newest.source)
    took = base.duration(newest.duration_ms)
    return (report.id, report.run_date, report.outcome, newest.attempt, *who, newest.started_at, took)
