"""Who calls, for people: `jobs_list --sources`, and below the jobs a line for each source that is silent."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from jobs_api.management.spans import between, span
from jobs_api.management.tables import moment
from jobs_api.monitoring.source_report import SourceReport

SOURCES = ("source", "by", "state", "last_trigger", "last_run_due", "calls", "wins", "usual_gap", "first")
DROP = ("first", "wins", "usual_gap", "calls")
"""Columns that a narrow terminal can do without, the first first."""
NONE = "Nobody has called yet, or only in the last minute: calls are written once a minute."
NAMED = 5


def row(report: SourceReport) -> tuple[Any, ...]:
    """A line of the table."""
    usual = None if report.usual_gap is None else span(report.usual_gap.total_seconds())
    state = "silent" if report.silent else "ok"
    times = (report.last_trigger_at, report.last_run_due_at)
    numbers = (report.calls, report.wins, usual)
    return (report.source, report.actor, state, *times, *numbers, report.first_at)


def members(report: SourceReport) -> dict[str, Any]:
    """The same for programs, in full."""
    found = dataclasses.asdict(report)
    usual = found.pop("usual_gap")
    return {**found, "usual_gap_seconds": None if usual is None else round(usual.total_seconds())}


def remarks(sources: Sequence[SourceReport], at: datetime) -> Iterator[str]:
    """A sentence about each source that is silent."""
    silent = [report for report in sources if report.silent]
    for report in silent[:NAMED]:
        name = report.source or "A source without a name"
        by = f" ({report.actor})" if report.actor else ""
        usual = "" if report.usual_gap is None else span(report.usual_gap.total_seconds())
        yield (
            f"{name}{by} is silent for {between(report.last_at, at)}: it last called at "
            f"{moment(report.last_at)}, and called at least every {usual} before."
        )
    if len(silent) > NAMED:
        yield f"{len(silent) - NAMED} more sources are silent: see jobs_list --sources."
