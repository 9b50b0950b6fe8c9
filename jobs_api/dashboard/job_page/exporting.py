"""The slots of a job as CSV, piece by piece: a page of rows is in memory, never all."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from jobs_api.dashboard.job_page import slots
from jobs_api.dashboard.job_page.asked import Asked
from jobs_api.dashboard.job_page.notes import Noted, notes
from jobs_api.dashboard.job_page.slots import About
from jobs_api.database.bounds import bounded
from jobs_api.history.cell import Cell
from jobs_api.text import sheets

COLUMNS = (
    "slot",
    "slot_local",
    "state",
    "reason",
    "attempts",
    "began_late_seconds",
    "duration_seconds",
    "source",
    "run",
    "note",
)
PAGE = 500
MOST = 20_000
"""So many lines at most: a download does not keep a database busy for long."""


def lines(about: About, asked: Asked) -> Iterator[str]:
    """The lines of the file."""
    yield sheets.lines([COLUMNS]) + "\n"
    written = 0
    while written < MOST:
        with bounded():
            found = slots.listing(about, asked, size=PAGE)
            noted = notes(found.cells)
        if found.cells:
            yield sheets.lines(_columns(about, cell, noted) for cell in found.cells) + "\n"
        written += len(found.cells)
        if found.older is None:
            return
        asked = dataclasses.replace(asked, before=found.older)


def _columns(about: About, cell: Cell, noted: dict[int, Noted]) -> list[str]:
    note = noted.get(cell.run) if cell.run is not None else None
    took = (cell.ended - cell.began).total_seconds() if cell.began and cell.ended else ""
    values = [
        cell.slot.isoformat(),
        cell.slot.astimezone(about.job.slots.zone).isoformat(),
        cell.state,
        cell.reason,
        note.attempt if note else "",
        "" if cell.late is None else round(cell.late.total_seconds(), 3),
        took,
        cell.source,
        "" if cell.run is None else cell.run,
        note.text if note else "",
    ]
    return [sheets.cell(value) for value in values]
