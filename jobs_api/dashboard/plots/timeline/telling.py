"""What a lane says in words: beside its marks where there is room, and in a summary for screen readers."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from jobs_api.dashboard import times
from jobs_api.dashboard.plots.timeline import texts
from jobs_api.dashboard.plots.timeline.clock import Clock
from jobs_api.dashboard.plots.timeline.marks import Mark
from jobs_api.dashboard.plots.timeline.scale import Scale, Span
from jobs_api.dashboard.plots.timeline.texts import Text
from jobs_api.dashboard.states import look
from jobs_api.history.cells import Cell
from jobs_api.registry.job import Job
from jobs_api.runs.job_state import Standing

NEAR = timedelta(days=6)
"""Within so much, the day of the week says which day."""
Said = Text | str
"""A text with a place, or one for which there is none."""


@dataclasses.dataclass(frozen=True, slots=True)
class Telling:
    """Finds words, and places for them, for one job."""

    scale: Scale
    at: datetime
    clock: Clock
    job: Job
    standing: Standing | None
    cells: Sequence[Cell]
    dense: bool

    def texts(self, drawn: Sequence[Mark], taken: Callable[[], Sequence[Span]]) -> Iterator[Said]:
        """What is said of a run past its timeout, and of what is to come.

        Args:
            taken: tells where something is drawn already.
        """
        for mark in drawn:
            if mark.state == "overdue":
                yield from self._overdue(mark, taken())
        text, look_ = self._coming() if self.scale.holds(self.at) else ("", "")
        if text:
            yield texts.put(text, Span(self.scale.x(self.at), 0), taken(), look_) or text

    def summary(self, said: Iterable[Said]) -> str:
        """All of the lane in one line."""
        counted = Counter(cell.state for cell in self.cells if cell.state != "unknown")
        told = [f"{look(state).word} {number}" for state, number in counted.items()]
        if self.dense:
            told.insert(0, _("drawn as one band"))
        told += [text.text if isinstance(text, Text) else text for text in said]
        return ", ".join(told) or _("nothing in this window")

    def _overdue(self, mark: Mark, taken: Sequence[Span]) -> Iterator[Said]:
        over = self._over(mark)
        if over is None:
            text = _("slots were skipped behind it")
        else:
            text = _("%(span)s past its timeout") % {"span": times.span(over)}
            told = _("timeout %(span)s") % {"span": times.span(self.job.timeout)}
            in_time = (piece for piece in mark.pieces if piece.look == "running" and piece.width)
            for piece in in_time:
                if (inside := texts.inside(told, Span(piece.x, piece.width), "in-bar")) is not None:
                    yield inside
        others = [place for place in taken if place != mark.place]
        yield texts.put(text, mark.place, others, "late") or text

    def _over(self, mark: Mark) -> timedelta | None:
        """How long its timeout is over, to the minute; None: it hangs for another reason."""
        began = next(cell.began for cell in self.cells if cell.run == mark.run)
        over = self.at - (began or self.at) - timedelta(seconds=self.job.timeout)
        if over <= timedelta(0):
            return None
        minute = timedelta(minutes=1)
        return (over + minute / 2) // minute * minute if over >= minute else over

    def _coming(self) -> tuple[str, str]:
        """What is to be said of the future, and its look."""
        pause = self.standing.pause if self.standing else None
        if pause is not None:
            if pause.until is None:
                return _("paused"), "idle"
            return _("paused until %(time)s") % {"time": self._soon(pause.until)}, "idle"
        if self.dense or any(cell.state == "to_come" for cell in self.cells):
            return "", ""
        following = self.job.next_run_date(self.at)
        if following is None:
            return (_("on demand"), "") if self.job.schedule is None and not self.cells else ("", "")
        return _("next %(time)s") % {"time": self.clock.short(following)}, ""

    def _soon(self, instant: datetime) -> str:
        near = abs(instant - self.at) < NEAR
        return self.clock.weekday(instant) if near else self.clock.short(instant)
