"""What needs a look in a row of slots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from jobs_api.history.cells import Cell, JobRow
from jobs_api.runs.job_state import Standing

TROUBLE = ("overdue", "missed", "failed", "lost", "late", "ran_late")
"""The worst first."""
LESS = ("late", "running", "queued", "missed")
"""What is shown of a job whose health is fine."""
NEWS = timedelta(days=1)
"""So long a missed slot is shown, although later ones have run."""


def verdict(cells: Sequence[Cell], standing: Standing | None, at: datetime, *, is_now: bool) -> str:
    """The state of a job as it is now; in a window without now, the worst of it; "" for nothing.

    Args:
        is_now: whether the window has now in it.
    """
    states = {cell.state for cell in cells}
    if not is_now:
        return next((state for state in TROUBLE if state in states), "")
    if "overdue" in states:
        return "overdue"
    if standing is not None and standing.paused:
        return "paused"
    if _misses(standing, at):
        return "missed"
    if _fails(cells, standing):
        return "failing"
    new = {cell.state for cell in cells if cell.state != "missed" or at - cell.slot <= NEWS}
    return next((state for state in LESS if state in new), "")


def has_trouble(row: JobRow, standing: Standing | None, at: datetime, *, is_now: bool) -> bool:
    """Whether something did not go as it should."""
    return any(cell.state in TROUBLE for cell in row.cells) or (is_now and _misses(standing, at))


def with_missed(row: JobRow, standing: Standing | None, at: datetime) -> Iterator[Cell]:
    """The cells; of a dense job only rows were read: its newest slot may have none."""
    yield from row.cells
    missed = standing.missed_slot(at) if row.dense and standing is not None else None
    if missed is not None and all(cell.slot != missed for cell in row.cells):
        yield Cell(missed, "missed")


def _misses(standing: Standing | None, at: datetime) -> bool:
    return standing is not None and standing.missed_slot(at) is not None


def _fails(cells: Sequence[Cell], standing: Standing | None) -> bool:
    """Whether the newest run that was started did not succeed."""
    if cells and cells[-1].state == "lost" and cells[-1].ended is None:  # nobody has closed it yet
        return True
    return standing is not None and standing.failed_at is not None
