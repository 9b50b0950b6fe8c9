"""What became of the slots of one job: with a run, from its row; without, from what is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from jobs_api.history.cell import Cell, ran_late
from jobs_api.history.rows import Row
from jobs_api.models import HELD, Reason, State
from jobs_api.monitoring.punctuality import in_time
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing
from jobs_api.runs.types import ORDERED
from jobs_api.runs.underway import BEHIND
from jobs_api.text import one_line

LONGEST_ERROR = 200
NONE = timedelta(0)
BLOCKED = ["skipped"] * BEHIND


class Judge:
    """Judges the slots of one job at one time.

    Args:
        standing: what is known of the job; None: nothing.
        at: what time it is, by the database's clock.
        since: before this slots without a run say nothing.
        gaps: of each slot, how long after it the next one is due.
    """

    def __init__(
        self,
        job: Job,
        standing: Standing | None,
        at: datetime,
        *,
        since: datetime,
        gaps: Mapping[datetime, timedelta | None],
    ) -> None:
        self._job, self._at, self._gaps = job, at, gaps
        self._pauses = standing.pauses if standing else []
        known = standing.since if standing else None
        self._since = None if known is None else max(known, since)
        self._grace = job.grace_at(at)
        self._usual = list(gaps.values())[-1] if gaps else None
        self._timeout = timedelta(seconds=job.timeout)
        self._on_demand = job.schedule is None

    def knows(self, slot: datetime) -> bool:
        """Whether a slot without a run says anything."""
        return self._since is not None and slot >= self._since

    def cells(
        self,
        stored: Mapping[datetime, Row],
        slots: Iterable[datetime],
        *,
        future: bool = False,
        well: Iterable[datetime] = (),
    ) -> list[Cell]:
        """The cells of these slots, and of runs at other instants, oldest first.

        Args:
            stored: the runs by their slots.
            slots: when the job was due.
            future: also those that are to come.
            well: slots of runs that have succeeded at once, and began in time.
        """
        found: list[Cell] = []
        went_well = frozenset(well)
        for instant in sorted({*stored, *slots, *went_well}):
            if instant in went_well:
                found.append(Cell(instant, "succeeded"))
                continue
            row = stored.get(instant)
            cell = self._without_run(instant) if row is None else self._of(row)
            if future or cell.state != "to_come":
                found.append(cell)
        return list(self._with_blocked(found)) if any(cell.state == "running" for cell in found) else found

    # -- slots without a run ----------------------------------------------------------------------

    def _without_run(self, slot: datetime) -> Cell:
        return Cell(slot, self._fate(slot))

    def _fate(self, slot: datetime) -> str:
        if any(pause.covers(slot) for pause in self._pauses):
            return "paused"
        age = self._at - slot
        if age <= timedelta(0):
            return "to_come"
        if not self.knows(slot):
            return "unknown"
        if age > self._grace:
            return "missed"
        return "late" if age > in_time(self._gap(slot)) else "to_come"

    def _gap(self, slot: datetime) -> timedelta | None:
        return self._gaps.get(slot, self._usual)

    # -- slots with a run -------------------------------------------------------------------------

    def _of(self, row: Row) -> Cell:
        late = self._late(row)
        return Cell(
            row.run_date,
            self._state(row, late),
            row.id,
            row.began,
            row.finished_at,
            late,
            "lost" if row.lease_over else row.reason,
            first_line(row.error) if row.error else "",
            row.source,
            row.attempt,
            row.tries,
        )

    def _late(self, row: Row) -> timedelta | None:
        """How late it began at first: of a later attempt, when its first trigger came."""
        if self._on_demand or not row.attempt or row.trigger in ORDERED:
            return None
        began = row.began if row.attempt == 1 else row.created_at
        return None if began is None else max(began - row.run_date, NONE)

    def _state(self, row: Row, late: timedelta | None) -> str:
        if row.state == State.SUCCEEDED:
            is_late = late is not None and ran_late(self._gap(row.run_date), late)
            return "ran_late" if is_late else "succeeded"
        if row.lease_over or (row.state == State.FAILED and row.reason == Reason.LOST):
            return "lost"
        if row.state in HELD:
            began = row.began if row.state == State.RUNNING else None
            return "overdue" if began is not None and self._at - began > self._timeout else "running"
        return row.state

    def _with_blocked(self, cells: list[Cell]) -> Iterator[Cell]:
        """A run behind which slots were skipped in a row hangs, as health has it."""
        for place, cell in enumerate(cells):
            behind = cells[place + 1 : place + 1 + BEHIND] if cell.state == "running" else ()
            hangs = [each.state for each in behind] == BLOCKED
            yield cell._replace(state="overdue") if hangs else cell


def first_line(error: str) -> str:
    """Of an error, as pages show it."""
    return one_line(error.split("\n", 1)[0])[:LONGEST_ERROR] if error else ""
