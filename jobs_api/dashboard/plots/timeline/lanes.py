"""Lanes: one job each, with its marks, what is to come, and texts where there is room."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from zlib import crc32

from django.utils.translation import gettext as _

from jobs_api.dashboard import times
from jobs_api.dashboard.plots.timeline import texts
from jobs_api.dashboard.plots.timeline.clock import Clock
from jobs_api.dashboard.plots.timeline.marks import Mark, Pen
from jobs_api.dashboard.plots.timeline.scale import WIDE, Scale, Span, percent, pixels
from jobs_api.dashboard.plots.timeline.texts import Text
from jobs_api.dashboard.states import look
from jobs_api.history.cells import Cell, JobRow
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing

TROUBLE = ("overdue", "missed", "failed", "lost", "late", "ran_late")
"""The worst first."""
SHORTEST = pixels(5, WIDE)
"""What is to come and shorter is a hollow tick."""


@dataclasses.dataclass(frozen=True, slots=True)
class Band:
    """A dense job: its slots as one bar."""

    past: Span | None
    to_come: Span | None

    @property
    def parts(self) -> Iterator[tuple[str, str, str]]:
        """Look, place and width, as attributes."""
        for look_, span in (("well", self.past), ("to-come", self.to_come)):
            if span is not None and span.width:
                yield look_, percent(span.x), percent(span.width)


@dataclasses.dataclass(frozen=True, slots=True)
class Lane:
    """One job."""

    job: Job
    state: str
    """What needs a look, or goes on: the icon before its name; "" for none."""
    marks: Sequence[Mark]
    """With a link each, or without a run."""
    quiet: str
    """Ticks that went well, as one path, where there are too many for links."""
    ticks: str
    """To come and short, as one path."""
    boxes: str
    """To come, with their usual length, as one path."""
    band: Band | None
    texts: Sequence[Text]
    summary: str
    """All of it in words."""
    trouble: bool

    @property
    def rev(self) -> str:
        """Another one when something has happened that a reader would miss."""
        drawn = (f"{mark.run}{mark.state}" for mark in self.marks)
        return f"{crc32(' '.join((self.state, *drawn)).encode()):x}"


@dataclasses.dataclass(frozen=True, slots=True)
class Drawing:
    """Draws the lanes of a page.

    Args:
        links: whether each run is a mark of its own.
    """

    scale: Scale
    at: datetime
    clock: Clock
    links: bool = True

    def lane(self, job: Job, row: JobRow, standing: Standing | None, usual: float | None) -> Lane:
        """The lane of a job."""
        cells = list(_with_missed(row, standing, self.at))
        pen = Pen(self.scale, self.at, self.clock, timedelta(seconds=job.timeout), usual)
        drawn = [mark for mark in map(pen.mark, cells) if mark is not None]
        future = [span for span in map(self._to_come(usual), cells) if span is not None]
        marks = drawn if self.links else [mark for mark in drawn if not mark.is_plain]
        band = self._band(row, standing)
        taken = [*(mark.place for mark in drawn), *(Span(x - 4, width + 8) for x, width in future)]
        said = list(self._texts(job, cells, standing, taken, drawn, row.dense))
        return Lane(
            job=job,
            state=self._state(cells, standing),
            marks=marks,
            quiet="" if self.links else "".join(_tick(mark.pieces[0].x) for mark in drawn if mark.is_plain),
            ticks="".join(_tick(span.x) for span in future if span.width < SHORTEST),
            boxes="".join(_box(span) for span in future if span.width >= SHORTEST),
            band=band,
            texts=[text for text in said if isinstance(text, Text)],
            summary=self._summary(cells, row.dense, said),
            trouble=any(cell.state in TROUBLE for cell in cells),
        )

    def _to_come(self, usual: float | None):  # type: ignore[no-untyped-def]
        takes = timedelta(seconds=usual or 0)

        def span(cell: Cell) -> Span | None:
            return self.scale.span(cell.slot, cell.slot + takes) if cell.state == "to_come" else None

        return span

    def _band(self, row: JobRow, standing: Standing | None) -> Band | None:
        if not row.dense:
            return None
        since = standing.since if standing else None
        began = None if since is None else max(since, self.scale.start)
        past = None if began is None else self.scale.span(began, min(self.at, self.scale.end))
        return Band(past, self.scale.span(max(self.at, self.scale.start), self.scale.end))

    # -- what it says -----------------------------------------------------------------------------

    def _state(self, cells: Sequence[Cell], standing: Standing | None) -> str:
        """What needs a look now; in a window of the past, the worst of it."""
        states = {cell.state for cell in cells}
        if not self.scale.holds(self.at):
            return next((state for state in TROUBLE if state in states), "")
        if "overdue" in states:
            return "overdue"
        if standing is not None and standing.paused:
            return "paused"
        if standing is not None and standing.missed_slot(self.at) is not None:
            return "missed"
        if _fails(cells, standing):
            return "failing"
        return next((state for state in ("late", "running", "queued") if state in states), "")

    def _texts(
        self,
        job: Job,
        cells: Sequence[Cell],
        standing: Standing | None,
        taken: Sequence[Span],
        drawn: Sequence[Mark],
        dense: bool,
    ) -> Iterator[Text | str]:
        """Those with a place, and those for which there is none."""
        for mark in drawn:
            if mark.state == "overdue":
                yield from self._overdue(job, cells, mark, taken)
        if not self.scale.holds(self.at):
            return
        text, name = self._coming(job, cells, standing, dense)
        if text:
            x = self.scale.x(self.at)
            yield texts.put(text, Span(x, 0), taken, name) or text

    def _overdue(self, job: Job, cells: Sequence[Cell], mark: Mark, taken: Sequence[Span]) -> Iterator[Text | str]:
        began = next(cell.began for cell in cells if cell.run == mark.run)
        over = timedelta(0) if began is None else self.at - began - timedelta(seconds=job.timeout)
        if over <= timedelta(0):
            text = _("slots were skipped behind it")
        else:
            text = _("%(span)s past its timeout") % {"span": times.span(_minutes(over))}
            bar = next((Span(piece.x, piece.width) for piece in mark.pieces if piece.look == "running"), None)
            told = _("timeout %(span)s") % {"span": times.span(job.timeout)}
            if bar is not None and (put := texts.inside(told, bar, "in-bar")):
                yield put
        yield texts.put(text, mark.place, [each for each in taken if each != mark.place], "late") or text

    def _coming(
        self, job: Job, cells: Sequence[Cell], standing: Standing | None, dense: bool
    ) -> tuple[str, str]:
        """What is to be said of the future, and its look."""
        pause = standing.pause if standing else None
        if pause is not None:
            if pause.until is None:
                return _("paused"), "idle"
            return _("paused until %(time)s") % {"time": self._soon(pause.until)}, "idle"
        if dense or any(cell.state == "to_come" for cell in cells):
            return "", ""
        following = job.next_run_date(self.at)
        if following is None:
            return (_("on demand"), "") if job.schedule is None and not cells else ("", "")
        return _("next %(time)s") % {"time": self.clock.short(following)}, ""

    def _soon(self, instant: datetime) -> str:
        near = abs(instant - self.at) < timedelta(days=6)
        return self.clock.weekday(instant) if near else self.clock.short(instant)

    def _summary(self, cells: Sequence[Cell], dense: bool, said: Iterable[Text | str]) -> str:
        counted = Counter(cell.state for cell in cells)
        told = [f"{look(state).word} {number}" for state, number in counted.items() if state != "unknown"]
        if dense:
            told.insert(0, _("drawn as one band"))
        told += [text.text if isinstance(text, Text) else text for text in said]
        return ", ".join(told) or _("nothing in this window")


def _with_missed(row: JobRow, standing: Standing | None, at: datetime) -> Iterator[Cell]:
    """Of a dense job only rows were read: the newest slot may have none."""
    yield from row.cells
    missed = standing.missed_slot(at) if row.dense and standing is not None else None
    if missed is not None and all(cell.slot != missed for cell in row.cells):
        yield Cell(missed, "missed")


def _fails(cells: Sequence[Cell], standing: Standing | None) -> bool:
    """Whether the newest run that was started did not succeed."""
    if any(cell.state == "lost" and cell.ended is None for cell in cells[-1:]):
        return True
    return standing is not None and standing.failed_at is not None


def _minutes(span: timedelta) -> timedelta:
    return timedelta(minutes=span // timedelta(minutes=1)) if span >= timedelta(minutes=1) else span


def _tick(x: float) -> str:
    return f"M{x:g} 7v10"


def _box(span: Span) -> str:
    return f"M{span.x:g} 6h{span.width:g}v12h{-span.width:g}z"
