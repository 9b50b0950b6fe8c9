"""Who calls, for people: `jobs_list --sources`, and below the jobs a line for each source that is silent."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from jobs_api.management.tables import moment
from jobs_api.monitoring.source_report import SourceJob, SourceReport
from jobs_api.monitoring.tallies import POLLS
from jobs_api.text.spans import between, span

NUMBERS = ("calls", "wins", "usual_late", "worst_late", "late", "usual_gap")
SOURCES = ("source", "by", "state", "last_call", *NUMBERS, "last_trigger", "last_run_due", "first")
OF_A_JOB = ("source", "by", "state", "last_trigger", *NUMBERS, "first")
DROP = (
    "first",
    "last_run_due",
    "last_trigger",
    "usual_gap",
    "late",
    "calls",
    "worst_late",
    "wins",
    "usual_late",
)
DROP_OF_A_JOB = tuple(name for name in DROP if name != "last_trigger")
"""Columns that a narrow terminal can do without, the first first."""
NONE = "Nobody has called yet, or only in the last minute: calls are written once a minute."
NONE_OF_IT = "Nobody has triggered {} by its name yet, or only in the last minute; run-due may start it."
NAMED = 5


def row(report: SourceReport) -> tuple[Any, ...]:
    """A line of the table."""
    state = "silent" if report.silent else "partly silent" if report.is_missed else "ok"
    times = (report.last_trigger_at, report.last_run_due_at, report.first_at)
    return (report.source, report.actor, state, report.last_at, *_numbers(report), *times)


def rows_of(job: str, sources: Sequence[SourceReport]) -> list[tuple[Any, ...]]:
    """The lines of the table of one job: who triggers it by its name."""
    found = [(report, each) for report in sources for each in report.jobs if each.job == job]
    return [
        (
            *(report.source, report.actor, "silent" if report.silent or each.silent else "ok"),
            *(each.last_at, *_numbers(each), each.first_at),
        )
        for report, each in found
    ]


def _numbers(report: SourceReport | SourceJob) -> tuple[Any, ...]:
    usual = None if report.usual_gap is None else span(report.usual_gap.total_seconds())
    late = (report.lateness.usual, report.lateness.worst, report.lateness.last)
    return (report.calls, report.wins, *(None if each is None else span(each) for each in late), usual)


def members(report: SourceReport) -> dict[str, Any]:
    """The same for programs, in full."""
    found = _in_seconds(dataclasses.asdict(report))
    found["run_due"] = report.run_due and _in_seconds(found["run_due"])
    return {**found, "jobs": list(map(_in_seconds, found["jobs"]))}


def members_of(job: str, sources: Sequence[SourceReport]) -> list[dict[str, Any]]:
    """Who triggers one job, for programs."""
    found = [(report, members(report)) for report in sources]
    return [
        {"source": report.source, "actor": report.actor, **each, "silent": report.silent or each["silent"]}
        for report, whole in found
        for each in whole["jobs"]
        if each["job"] == job
    ]


def _in_seconds(found: dict[str, Any]) -> dict[str, Any]:
    usual, late = found.pop("usual_gap"), found.pop("lateness")
    gap = {"usual_gap_seconds": None if usual is None else round(usual.total_seconds())}
    return {**found, **gap, **{f"{name}_late_seconds": each for name, each in late.items()}}


def remarks(sources: Sequence[SourceReport], at: datetime) -> Iterator[str]:
    """A sentence about each source that is silent."""
    silent = [report for report in sources if report.silent]
    for report in silent[:NAMED]:
        usual = "" if report.usual_gap is None else span(report.usual_gap.total_seconds())
        yield (
            f"{_named(report)} is silent for {between(report.last_at, at)}: it last called at "
            f"{moment(report.last_at)}, and called at least every {usual} before."
        )
    if len(silent) > NAMED:
        yield f"{len(silent) - NAMED} more sources are silent: see jobs_list --sources."
    partly = [(report, f"triggers {job.job}", job) for report in sources for job in report.silent_jobs]
    partly += [
        (each, "calls run-due", each.run_due) for each in sources if each.run_due and each.run_due.silent
    ]
    for report, what, job in partly[:NAMED]:
        yield (
            f"{_named(report)} no longer {what}: it last did at {moment(job.last_at)}, "
            f"{between(job.last_at, at)} ago, but still calls."
        )
    if len(partly) > NAMED:
        yield f"{len(partly) - NAMED} more sources are partly silent: see jobs_list --sources."
    if silent or partly:
        report, part = (silent[0], None) if silent else partly[0][::2]
        words = shlex.join(_forgetting(report, part))
        yield f"If that is meant, jobs_forget ends these lines: manage.py jobs_forget {words}"


def _forgetting(report: SourceReport, part: SourceJob | None) -> Iterator[str]:
    """What to type to forget a source, or a part of what it did."""
    if part is not None:
        yield from ("--run-due",) if part.job == POLLS else ("--job", part.job)
    yield from (f"--by={report.actor}",) if report.actor else ()
    yield from ("--",) if report.source.startswith("-") else ()
    yield report.source


def _named(report: SourceReport) -> str:
    name = report.source or "A source without a name"
    return f"{name} ({report.actor})" if report.actor else name
