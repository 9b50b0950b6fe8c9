"""The lines of the list of slots, and the chips above it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from jobs_api.dashboard.job_page.asked import SHOWN, Asked
from jobs_api.dashboard.job_page.notes import Noted, without_run
from jobs_api.dashboard.job_page.reading import Facts
from jobs_api.dashboard.viewer import Viewer
from jobs_api.history.cell import Cell
from jobs_api.history.days import Day
from jobs_api.history.tally import LATE


class Chip(NamedTuple):
    """A filter."""

    value: str
    label: object
    number: int | None
    """How many slots it shows; None: it is not counted."""


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One slot."""

    cell: Cell
    attempts: int | None
    note: str
    today: bool

    @property
    def id(self) -> str:
        """Of its row."""
        return f"slot-{self.cell.slot.timestamp():.0f}"

    @property
    def rev(self) -> str:
        """What is another text when its row looks different."""
        return f"{self.cell.state}-{self.attempts}-{len(self.note)}"

    @property
    def seconds(self) -> float | None:
        """How long its newest attempt took; None while it runs."""
        if self.cell.began is None or self.cell.ended is None:
            return None
        return (self.cell.ended - self.cell.began).total_seconds()

    @property
    def late(self) -> float | None:
        """How long after its slot it began."""
        return None if self.cell.late is None else self.cell.late.total_seconds()

    @property
    def is_late(self) -> bool:
        """Whether that is worth a colour."""
        return self.cell.state in LATE


def lines(facts: Facts, viewer: Viewer) -> list[Line]:
    """Of the page that is shown."""
    grace = facts.job.grace_at(viewer.at).total_seconds()
    today = viewer.local(viewer.at).date()
    return [
        _line(cell, facts.notes, grace, viewer.local(cell.slot).date() == today)
        for cell in facts.listing.cells
    ]


def _line(cell: Cell, notes: dict[int, Noted], grace: float, today: bool) -> Line:
    if cell.run is None:
        return Line(cell, None, without_run(cell, grace), today)
    note = notes.get(cell.run, Noted(cell.attempt, cell.error))
    return Line(cell, note.attempt or None, note.text, today)


def chips(days: Sequence[Day], asked: Asked) -> list[Chip]:
    """The filters, with how many slots each shows."""
    some = _of(days, asked)
    counts = {
        "failed": sum(day.failed for day in some),
        "missed": sum(day.missed for day in some),
        "late": sum(day.late for day in some),
    }
    return [Chip(value, label, counts.get(value)) for value, label in SHOWN.items()]


def _of(days: Sequence[Day], asked: Asked) -> Iterable[Day]:
    if asked.day is not None:
        return [day for day in days if day.day == asked.day]
    return days[-asked.days :]


def revision(facts: Facts, at: datetime) -> str:
    """What changes with the durations: the script loads them anew then."""
    newest = facts.points[-1] if facts.points else None
    return f"{len(facts.points)}-{newest.run if newest else 0}-{newest.seconds if newest else 0:.3f}"
