"""The whole timeline, ready to be shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from jobs_api.dashboard.plots.timeline import crowd, reading
from jobs_api.dashboard.plots.timeline.axis import Axis, axis
from jobs_api.dashboard.plots.timeline.choices import FEWER, LONG, NONE, PAGE, Choices, Pages
from jobs_api.dashboard.plots.timeline.clock import Clock
from jobs_api.dashboard.plots.timeline.crowd import Crowd
from jobs_api.dashboard.plots.timeline.lanes import Drawing, Lane
from jobs_api.dashboard.plots.timeline.reading import Known, Reading
from jobs_api.dashboard.plots.timeline.scale import Scale
from jobs_api.dashboard.plots.timeline.verdicts import has_trouble
from jobs_api.dashboard.plots.timeline.window import Window
from jobs_api.registry.job import Job

LINKS = 800
"""So many runs are links. Where there are more, those that were short and went well are drawn as one shape a
lane: one zooms in to open them, or opens the table."""


@dataclasses.dataclass(frozen=True, slots=True)
class Group:
    """Lanes under one heading."""

    name: str
    """ "" for jobs without a tag, or owner; and where there are no groups."""
    lanes: Sequence[Lane]


@dataclasses.dataclass(frozen=True, slots=True)
class Timeline:
    """What the page shows."""

    window: Window
    axis: Axis
    crowd: Crowd
    groups: Sequence[Group]
    pages: Pages
    links: bool
    is_rough: bool
    """Whether only the worst trouble was looked for, as there are many jobs."""

    @property
    def lanes(self) -> list[Lane]:
        """All of them."""
        return [lane for group in self.groups for lane in group.lanes]


@dataclasses.dataclass(frozen=True, slots=True)
class Chosen:
    """The jobs of a page with their slots."""

    jobs: Sequence[Job]
    pages: Pages
    read: Reading
    is_rough: bool = False


def choose(jobs: Iterable[Job], choices: Choices, window: Window, *, now: datetime | None = None) -> Chosen:
    """The jobs of the page that is asked for: at most eight statements, one more for trouble among many."""
    wanted = choices.chosen(jobs)
    start, end, at = window.start, window.end, window.at
    each = FEWER if end - start >= LONG else PAGE
    few = choices.trouble and len(wanted) <= each
    if choices.trouble and not few:
        known = Known.of(wanted, now=now)
        wanted = reading.suspects(wanted, start, end, at=at, known=known, now=now)
    pages = Pages.of(choices.page, len(wanted), each)
    shown = pages.cut(wanted)
    if not choices.trouble or few:
        known = Known.of(shown, now=now)
    read = reading.read(shown, start, end, at=at, known=known, now=now)
    if choices.trouble:
        shown = [job for job in shown if _has_trouble(job, read, window)]
    return Chosen(shown, Pages.of(1, len(shown)) if few else pages, read, choices.trouble and not few)


def _has_trouble(job: Job, read: Reading, window: Window) -> bool:
    is_now = window.start <= window.at <= window.end
    return has_trouble(read.rows[job.name], read.standings.get(job.name), window.at, is_now=is_now)


def timeline(chosen: Chosen, choices: Choices, window: Window) -> Timeline:
    """Draw them; no statement. By the minute: a refresh in between finds nothing new."""
    scale, read = Scale(window.start, window.end), chosen.read
    at = window.at.replace(second=0, microsecond=0)
    links = sum(cell.run is not None for job in chosen.jobs for cell in read.rows[job.name].cells) <= LINKS
    drawing = Drawing(scale, at, Clock(window.zone, at), links)
    lanes = [
        drawing.lane(job, read.rows[job.name], read.standings.get(job.name), read.usual.get(job.name))
        for job in chosen.jobs
    ]
    busy = (
        interval
        for job in chosen.jobs
        for interval in crowd.intervals(read.rows[job.name].cells, read.usual.get(job.name), at)
    )
    return Timeline(
        window=window,
        axis=axis(scale, window.zone, at),
        crowd=crowd.crowd(busy, scale, at),
        groups=_grouped(lanes, choices),
        pages=chosen.pages,
        links=links,
        is_rough=chosen.is_rough,
    )


def _grouped(lanes: Iterable[Lane], choices: Choices) -> list[Group]:
    if choices.group == NONE:
        return [Group("", list(lanes))]
    by_group = groupby(lanes, lambda lane: choices.group_of(lane.job))
    return [Group(name, list(found)) for name, found in by_group]
