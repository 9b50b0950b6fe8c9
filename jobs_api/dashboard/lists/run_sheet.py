"""Runs as a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from jobs_api import registry
from jobs_api.dashboard.lists import run_pages
from jobs_api.dashboard.lists.run_filter import RunFilter
from jobs_api.dashboard.lists.run_rows import RunRow
from jobs_api.dashboard.viewer import Viewer
from jobs_api.database.bounds import bounded
from jobs_api.text import sheets

COLUMNS = (
    *("run", "job", "slot", "state", "reason", "attempt", "tries", "began", "ended"),
    *("late_seconds", "seconds", "source", "trigger", "actor", "error", "note", "owner", "tags"),
)


def lines(wanted: RunFilter, viewer: Viewer) -> Iterator[str]:
    """Line by line, batch by batch: a slow reader holds no connection, and no more than a batch is read."""
    yield sheets.lines([COLUMNS]) + "\n"
    batches = run_pages.every(wanted, viewer)
    while True:
        with bounded():
            batch = next(batches, None)
        if batch is None:
            return
        if batch:
            yield sheets.lines(map(_cells, batch)) + "\n"


def _cells(row: RunRow) -> list[str]:
    job = registry.find(row.job)
    late = None if row.late is None else f"{row.late.total_seconds():.3f}"
    took = None if row.seconds is None else f"{row.seconds:.3f}"
    values: list[Any] = [row.pk, row.job, _time(row.slot, row), row.state, row.reason, row.attempt, row.tries]
    values += [_time(row.began, row), _time(row.ended, row), late, took, row.source, row.trigger, row.actor]
    values += [row.error, row.note, job.owner if job else "", " ".join(job.tags) if job else ""]
    return [sheets.cell(value) for value in values]


def _time(instant: datetime | None, row: RunRow) -> str:
    """In the zone of its job, with the offset."""
    if instant is None:
        return ""
    return (instant if row.zone is None else instant.astimezone(row.zone)).isoformat(timespec="seconds")
