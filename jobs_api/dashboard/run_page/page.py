"""The whole page of a run, of what was read."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from jobs_api.dashboard.plots import gantt
from jobs_api.dashboard.run_page import answers, bars, facts, progress, trail, troubles, words
from jobs_api.dashboard.run_page.answers import Answers
from jobs_api.dashboard.run_page.facts import Facts
from jobs_api.dashboard.run_page.reading import Reading
from jobs_api.dashboard.run_page.troubles import Trouble
from jobs_api.dashboard.states import look
from jobs_api.dashboard.viewer import Viewer
from jobs_api.models import ENDED, HELD, State
from jobs_api.monitoring.run_report import AttemptReport
from jobs_api.runs.output import Parts


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """An attempt in the plot, and in its table."""

    attempt: AttemptReport
    row: gantt.Row | None
    """None where it is not drawn."""
    by: str
    seconds: float | None
    reason: str
    skewed: bool
    """Whether it ended before it began: the clocks of two hosts differ."""


@dataclasses.dataclass(frozen=True, slots=True)
class Attempts:
    """The attempts of a run, oldest first."""

    lines: Sequence[Line]
    plot: gantt.Gantt | None
    legend: Sequence[str]
    hidden: int
    """How many earlier ones are in neither."""

    @property
    def drawn(self) -> list[Line]:
        """Those in the plot."""
        return [line for line in self.lines if line.row is not None]

    @property
    def newest_first(self) -> list[Line]:
        """For the table."""
        return list(reversed(self.lines))


@dataclasses.dataclass(frozen=True, slots=True)
class RunPage:
    """What the page shows, but for the output."""

    reading: Reading
    chosen: AttemptReport | None
    """Whose output is shown; None where no attempt has begun."""
    is_newest: bool
    state: str
    """Of the run, as it looks: "overdue" while it is past its timeout."""
    word: str
    facts: Facts
    attempts: Attempts
    troubles: Sequence[Trouble]
    progress: progress.Shown | None
    answers: Answers
    trail: Sequence[trail.Item]

    @property
    def is_past(self) -> bool:
        """Whether what went wrong is of no concern any more: the run has succeeded."""
        return self.reading.report.state == State.SUCCEEDED

    @property
    def may_be_cancelled(self) -> bool:
        """Whether a cancel would change anything."""
        report = self.reading.report
        return report.in_flight and report.cancel_requested_at is None

    @property
    def may_be_rerun(self) -> bool:
        """Whether its job is declared, and it has ended."""
        report = self.reading.report
        return report.job is not None and report.state in ENDED


def wanted(reading: Reading, chosen: int | None) -> list[int]:
    """The numbers of the attempts whose outputs are looked through for an exception."""
    return troubles.wanted(reading.attempts, reading.report.state, chosen)


def made(
    reading: Reading, viewer: Viewer, chosen: int | None, numbers: Sequence[int], outputs: Mapping[int, Parts]
) -> RunPage:
    """The page.

    Args:
        chosen: the attempt that the address names.
        numbers: as `wanted` has told.
        outputs: theirs.
    """
    done = progress.shown(reading)
    newest = reading.report.newest
    attempt = reading.attempt(chosen or newest.attempt)
    state = "overdue" if done is not None and done.overdue else reading.report.state
    return RunPage(
        reading=reading,
        chosen=attempt,
        is_newest=attempt is None or attempt.attempt == newest.attempt,
        state=_look(state, newest),
        word=_word(state, newest),
        facts=facts.facts(reading, viewer.zone),
        attempts=_attempts(reading, viewer, done),
        troubles=troubles.troubles(reading.attempts, numbers, outputs),
        progress=done,
        answers=answers.answers(reading),
        trail=trail.trail(reading),
    )


def _look(state: str, newest: AttemptReport) -> str:
    return "lost" if state == State.FAILED and newest.reason == "lost" else state


def _word(state: str, newest: AttemptReport) -> str:
    """The state with the attempt it is of."""
    word = str(look(_look(state, newest)).word)
    if not newest.attempt or state in (State.QUEUED, State.SKIPPED):
        return word
    if state == State.FAILED and newest.reason not in ("", "lost"):
        names = {"state": word, "reason": words.reason(newest), "number": newest.attempt}
        return _("%(state)s (%(reason)s), attempt %(number)s") % names
    return _("%(state)s, attempt %(number)s") % {"state": word, "number": newest.attempt}


def _attempts(reading: Reading, viewer: Viewer, done: progress.Shown | None) -> Attempts:
    shown = bars.drawn(reading, None if done is None else done.left)
    live = reading.report.state in HELD
    plot = gantt.draw(shown.bars, viewer.zone, reading.at if live else None) if shown.bars else None
    rows = (
        {}
        if plot is None
        else {each.attempt: row for each, row in zip(shown.attempts, plot.rows, strict=True)}
    )
    lines = [_line(each, rows.get(each.attempt), reading) for each in reading.attempts]
    return Attempts(lines, plot, shown.kinds, max(reading.report.newest.attempt - len(lines), 0))


def _line(attempt: AttemptReport, row: gantt.Row | None, reading: Reading) -> Line:
    ended = attempt.finished_at or (reading.at if attempt.state == State.RUNNING else None)
    seconds = None
    if attempt.started_at is not None and ended is not None:
        seconds = (ended - attempt.started_at).total_seconds()
    skewed = seconds is not None and seconds < 0
    reason = words.reason(attempt) if attempt.reason else ""
    return Line(attempt, row, words.by(attempt), None if skewed else seconds, reason, skewed)
