"""The attempts of a run as bars: where the time went, in them and between them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _

from jobs_api.conf import config
from jobs_api.dashboard.plots.gantt import Bar, Label, Note, Span
from jobs_api.dashboard.run_page import words
from jobs_api.dashboard.run_page.progress import about
from jobs_api.dashboard.run_page.reading import Reading
from jobs_api.dashboard.times import span
from jobs_api.models import COUNTED, JobRun, Reason, State
from jobs_api.monitoring.run_report import AttemptReport
from jobs_api.runs.types import RERUN

MOST_BARS = 20
"""So many attempts are drawn, the newest ones."""
FILLS = {State.SUCCEEDED: "succeeded", State.CANCELLED: "cancelled"}
"""Of an attempt that has ended; the others failed."""


class Backoff(NamedTuple):
    """The time after a failed attempt in which nothing retries it."""

    end: datetime
    length: timedelta


@dataclasses.dataclass(frozen=True, slots=True)
class Drawn:
    """Which attempts are drawn."""

    attempts: Sequence[AttemptReport]
    bars: Sequence[Bar]
    kinds: list[str]
    """Those of their parts, for the legend."""


LEGEND = ("queued", "claimed", "running", "succeeded", "failed", "cancelled", "backoff", "lost")


def drawn(reading: Reading, left: timedelta | None) -> Drawn:
    """The newest attempts, oldest first.

    Args:
        left: about how long the newest one will still run.
    """
    newest = reading.attempts[-MOST_BARS:]
    backoffs = _backoffs(reading)
    bars = []
    for attempt in newest:
        maker = _Bar(reading, attempt, backoffs.get(attempt.attempt), left)
        if spans := list(maker.spans()):
            bars.append((attempt, Bar(spans, maker.note())))
    kinds = {each.kind for _attempt, bar in bars for each in bar.spans}
    return Drawn(
        [attempt for attempt, _bar in bars],
        [bar for _attempt, bar in bars],
        [kind for kind in LEGEND if kind in kinds],
    )


def _backoffs(reading: Reading) -> dict[int, Backoff]:
    """Of each failed attempt; that of the newest is stored, those before follow from the job."""
    found: dict[int, Backoff] = {}
    job, tries = reading.report.job, 0
    for attempt in reading.attempts:
        tries = 0 if attempt.trigger == RERUN else tries
        if attempt.state != State.FAILED or attempt.finished_at is None:
            continue
        tries += attempt.reason in COUNTED
        if job is not None and attempt.reason in COUNTED and tries < job.max_attempts:
            found[attempt.attempt] = Backoff(attempt.finished_at + job.backoff(tries), job.backoff(tries))
    run, last = reading.run, reading.report.newest
    if last.attempt in found and run.next_attempt_at is not None and last.finished_at is not None:
        length = max(run.next_attempt_at - last.finished_at, timedelta(0))
        found[last.attempt] = Backoff(last.finished_at + length, length)
    return found


@dataclasses.dataclass(frozen=True, slots=True)
class _Bar:
    reading: Reading
    attempt: AttemptReport
    backoff: Backoff | None
    left: timedelta | None

    @property
    def is_newest(self) -> bool:
        """Whether it is the run's newest attempt."""
        return self.attempt.attempt == self.reading.report.newest.attempt

    def spans(self) -> Iterator[Span]:
        """Its parts: none of them ends before it begins, whatever clocks have written."""
        attempt, run, at = self.attempt, self.reading.run, self.reading.at
        claimed, started = attempt.claimed_at, attempt.started_at
        if claimed and attempt.attempt == 1 and (claimed - run.created_at).total_seconds() >= 0.5:
            waited = span(claimed - run.created_at)
            yield Span("queued", run.created_at, claimed, Label("", waited))
        begun = started or attempt.finished_at or (at if self.is_newest else None)
        if claimed and begun and begun > claimed:
            label = "" if started or attempt.finished_at else _("claimed, not begun")
            yield Span("claimed", claimed, begun, Label(label))
        if started:
            yield from self._run(started)
        elif attempt.finished_at and claimed:
            end = max(attempt.finished_at, claimed)
            yield Span(FILLS.get(State(attempt.state), "failed"), end, end, Label(words.reason(attempt)))

    def _run(self, started: datetime) -> Iterator[Span]:
        attempt, at = self.attempt, self.reading.at
        if attempt.state == State.RUNNING:
            took = max(at - started, timedelta(0))
            text = Label(_("running %(span)s") % {"span": span(took)}, span(took))
            yield Span("running", started, started + took, text)
            if self.left is not None:
                left = min(self.left, max(2 * took, timedelta(seconds=1)))  # or the bar would be too small
                text = Label(_("about %(span)s left") % {"span": about(self.left)})
                yield Span("estimate", started + took, started + took + left, text)
        elif attempt.reason == Reason.LOST:
            yield from _lost(attempt, started, self.reading.run)
        else:
            yield from self._ended(started)

    def _ended(self, started: datetime) -> Iterator[Span]:
        attempt = self.attempt
        end = max(attempt.finished_at or started, started)
        forms = {State.SUCCEEDED: _("succeeded, %(span)s"), State.CANCELLED: _("cancelled, %(span)s")}
        form = forms.get(State(attempt.state), _("%(reason)s, %(span)s"))
        took, reason = span(end - started), words.reason(attempt)
        rest = "" if attempt.state == State.SUCCEEDED else reason
        label = Label(form % {"reason": reason, "span": took}, took, rest)
        yield Span(FILLS.get(State(attempt.state), "failed"), started, end, label)
        if self.backoff is not None and self.backoff.length:
            yield Span("backoff", end, self.backoff.end)

    def note(self) -> Note | None:
        """What stands behind it."""
        attempt = self.attempt
        if attempt.reason == Reason.LOST and attempt.started_at:
            names = {"host": host_of(attempt.holder), "span": span(config().lease_seconds)}
            if not names["host"]:
                return Note(_("lost: its holder renewed nothing for %(span)s") % names, _("lost"), "fail")
            return Note(_("lost: %(host)s renewed nothing for %(span)s") % names, _("lost"), "fail")
        if self.backoff is not None and self.backoff.length:
            names = {"span": span(self.backoff.length)}
            whole, short = _("back-off %(span)s, then the next call"), _("back-off %(span)s")
            return Note(whole % names, short % names, "muted")
        return None


def _lost(attempt: AttemptReport, started: datetime, run: JobRun) -> Iterator[Span]:
    """As long as it renewed its lease, it ran; for one that was reaped nobody knows how long that was."""
    lease = timedelta(seconds=config().lease_seconds)
    if attempt.attempt == run.attempt and run.lease_expires_at is not None:
        renewed = max(run.lease_expires_at - lease, started)
        yield Span("running", started, renewed)
        yield Span("lost", renewed, max(run.lease_expires_at, renewed))
        return
    end = max(attempt.finished_at or started, started)
    silent = max(end - lease, started)
    if silent > started and end - started < 3 * lease:  # reaped soon
        yield Span("running", started, silent)
        started = silent
    yield Span("lost", started, end)


def host_of(holder: str) -> str:
    """The host of a holder that is written "host:process"."""
    return holder.rpartition(":")[0] or holder
