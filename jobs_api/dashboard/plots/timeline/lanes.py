"""Lanes: one job each, with its marks, what is to come, and texts where there is room."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zlib import crc32

from jobs_api.dashboard.plots.timeline.clock import Clock
from jobs_api.dashboard.plots.timeline.marks import Mark, Pen
from jobs_api.dashboard.plots.timeline.scale import WIDE, Scale, Span, percent, pixels
from jobs_api.dashboard.plots.timeline.telling import Telling
from jobs_api.dashboard.plots.timeline.texts import Text
from jobs_api.dashboard.plots.timeline.verdicts import verdict, with_missed
from jobs_api.history.cells import JobRow
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing

SHORTEST = pixels(5, WIDE)
"""What is to come and shorter is a hollow tick of this width."""


@dataclasses.dataclass(frozen=True, slots=True)
class Band:
    """A dense job: its slots as one bar."""

    past: Span | None
    to_come: Span | None

    @property
    def parts(self) -> Iterator[tuple[str, str, str]]:
        """Look, place and width, as attributes."""
        for look, span in (("well", self.past), ("to-come", self.to_come)):
            if span is not None and span.width:
                yield look, percent(span.x), percent(span.width)


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
        """The lane of a job.

        Args:
            usual: how many seconds it usually takes; None: nobody knows.
        """
        cells = list(with_missed(row, standing, self.at))
        pen = Pen(self.scale, self.at, self.clock, timedelta(seconds=job.timeout), usual)
        quiet = {} if self.links else {cell.slot: x for cell in cells if (x := pen.tick(cell)) is not None}
        marks = [mark for cell in cells if cell.slot not in quiet and (mark := pen.mark(cell)) is not None]
        future = [span for span in map(pen.to_come, cells) if span is not None]

        def taken() -> list[Span]:
            ticks = (Span(x, 0) for x in quiet.values())
            return [*(mark.place for mark in marks), *map(_around, (*ticks, *future))]

        telling = Telling(self.scale, self.at, self.clock, job, standing, cells, row.dense)
        said = list(telling.texts(marks, taken))
        return Lane(
            job=job,
            state=verdict(cells, standing, self.at, is_now=self.scale.holds(self.at)),
            marks=marks,
            quiet="".join(map(_tick, quiet.values())),
            ticks="".join(_tick(span.x) for span in future if span.width < SHORTEST),
            boxes="".join(_box(span) for span in future if span.width >= SHORTEST),
            band=self._band(standing) if row.dense else None,
            texts=[text for text in said if isinstance(text, Text)],
            summary=telling.summary(said),
        )

    def _band(self, standing: Standing | None) -> Band:
        """From when the job was known to now, and from now on."""
        since = standing.since if standing else None
        began = None if since is None else max(since, self.scale.start)
        past = None if began is None else self.scale.span(began, min(self.at, self.scale.end))
        return Band(past, self.scale.span(max(self.at, self.scale.start), self.scale.end))


def _around(span: Span) -> Span:
    return Span(span.x - SHORTEST, span.width + 2 * SHORTEST)


def _tick(x: float) -> str:
    return f"M{x:g} 8v8"


def _box(span: Span) -> str:
    return f"M{span.x:g} 6h{span.width:g}v12h{-span.width:g}z"
