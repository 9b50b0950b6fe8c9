"""Why a job needs a look, in words: what is wrong, since when, and what happens next."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs_api.dashboard import sentences, times
from jobs_api.dashboard.overview.lines import Line
from jobs_api.history.cell import Cell
from jobs_api.history.judging import first_line
from jobs_api.models import JobRun, Reason, State
from jobs_api.monitoring.outlook import USED_UP, Outlook, outlook, tries_of
from jobs_api.monitoring.report import JobBrief
from jobs_api.monitoring.underway import Running
from jobs_api.schedule.slots import current_slot
from jobs_api.text import one_line

ENDED_BADLY = ("failed", "lost")


@dataclasses.dataclass(frozen=True, slots=True)
class Why:
    """The second line of a job."""

    error: str = ""
    """The first line of what was raised."""
    text: str = ""
    run: int | None = None
    """Which run it is about."""
    slot: datetime | None = None
    """Which slot could be run now."""


class Teller:
    """Tells it in the zone of whoever looks."""

    def __init__(self, at: datetime, zone: ZoneInfo) -> None:
        self._at, self._zone = at, zone

    def why(self, line: Line, cells: Sequence[Cell], failed: JobRun | None) -> Why | None:
        """Of a job; None where nothing has to be told.

        Args:
            cells: its last slots, oldest first.
            failed: of a job that is failing its newest run that was started.
        """
        if line.state == "failing":
            return self._failing(line.report, cells, failed)
        tell = {
            "missed": self._missed,
            "overdue": self._overdue,
            "late": self._late,
            "paused": self._paused,
        }.get(line.state)
        return None if tell is None else tell(line.report, cells)

    # -- failing ----------------------------------------------------------------------------------

    def _failing(self, report: JobBrief, cells: Sequence[Cell], run: JobRun | None) -> Why:
        if run is None:
            return Why()
        lost = run.lease_over or run.reason == Reason.LOST
        error = first_line(run.error) or (
            _("its process went silent") if lost else sentences.result(run.reason) or one_line(run.reason)
        )
        parts = [self._ended(report, run), self._failing_since(run, cells)]
        return Why(error, " · ".join(filter(None, parts)), run=run.pk)

    def _ended(self, report: JobBrief, run: JobRun) -> str:
        ahead = outlook(run, report.last_pause, self._at)
        about = {
            "slot": self._clock(run.run_date),
            "tries": tries_of(run),
            "most": report.job.max_attempts,
            "ended": self._clock(run.finished_at or run.lease_expires_at or self._at),
        }
        return (
            self._outlook(ahead) % about
            if ahead is None or ahead.at is None
            else (
                _("slot %(slot)s used %(tries)s of %(most)s tries; a call after %(at)s tries again")
                % {**about, "at": self._clock(ahead.at)}
            )
        )

    def _outlook(self, ahead: Outlook | None) -> str:
        if ahead is not None and ahead.expected:
            return _(
                "slot %(slot)s used %(tries)s of %(most)s tries, ended %(ended)s; the next call tries again"
            )
        if ahead is not None and ahead.why == USED_UP:
            return _("slot %(slot)s used %(tries)s of %(most)s tries, ended %(ended)s")
        return _("slot %(slot)s ended %(ended)s and is not tried again")

    def _failing_since(self, run: JobRun, cells: Sequence[Cell]) -> str:
        first = None
        for cell in reversed(cells):
            if cell.state in ("late", "skipped", "paused", "to_come", "unknown", "missed", "queued"):
                continue
            if cell.state not in ENDED_BADLY:
                break
            first = cell
        if first is None or first.slot == run.run_date:
            return ""
        passed = times.rough(self._at - first.slot)
        return _("failing since %(slot)s (%(span)s)") % {"slot": self._clock(first.slot), "span": passed}

    # -- missed, late -----------------------------------------------------------------------------

    def _missed(self, report: JobBrief, cells: Sequence[Cell]) -> Why:
        if report.missed_run_date is None:
            return self._unclaimed(report)
        job, slot = report.job, report.missed_run_date
        about = {"slot": self._clock(slot), "grace": times.span(job.grace_at(self._at))}
        told = _("Slot %(slot)s got no call within its %(grace)s grace.") % about
        before = self._missed_before(cells, slot)
        made_up = (
            _("It does not catch up.") if job.catch_up == "none" else _("The next call of run-due runs it.")
        )
        return Why(text=" ".join(filter(None, [told, before, made_up])), slot=slot)

    def _missed_before(self, cells: Sequence[Cell], slot: datetime) -> str:
        before = [cell for cell in cells if cell.slot < slot]
        missed = 0
        for cell in reversed(before):
            if cell.state != "missed":
                break
            missed += 1
        if missed and missed == len(before):
            return _("All %(count)s slots shown before it were missed, too.") % {"count": missed}
        text = ngettext(
            "The slot before it was missed, too.", "The %(count)s slots before it were missed, too.", missed
        )
        return text % {"count": missed} if missed else ""

    def _unclaimed(self, report: JobBrief) -> Why:
        run = report.unclaimed
        if run is None:
            return Why()
        since = run.waiting_since or run.run_date
        about = {"slot": self._clock(run.run_date), "since": self._clock(since)}
        claimed = run.state == State.CLAIMED
        text = (
            _("Slot %(slot)s waits in the queue of its executor since %(since)s.")
            if claimed
            else _("Slot %(slot)s waits for a free place since %(since)s.")
        )
        return Why(text=text % about, run=run.id)

    def _late(self, report: JobBrief, cells: Sequence[Cell]) -> Why:
        job = report.job
        slot = current_slot(job.slots, self._at, early=False)
        if slot is None:
            return Why()
        about = {
            "slot": self._clock(slot),
            "span": times.rough(self._at - slot),
            "missed": self._clock(slot + job.grace_at(self._at)),
        }
        text = _("Slot %(slot)s is due for %(span)s and nobody has called. Counts as missed at %(missed)s.")
        return Why(text=text % about, slot=slot)

    # -- overdue, paused --------------------------------------------------------------------------

    def _overdue(self, report: JobBrief, cells: Sequence[Cell]) -> Why:
        hangs = [each for each in report.underway.running if each.overdue]
        if not hangs:
            return Why()
        parts = [self._hangs(hangs[0]), self._progress(hangs[0])]
        return Why(text=" ".join(filter(None, parts)), run=hangs[0].run.id)

    def _hangs(self, each: Running) -> str:
        began = each.since or self._at
        over = self._at - began - each.timeout
        about = {
            "attempt": each.run.newest.attempt,
            "since": self._clock(began, seconds=True),
            "timeout": times.span(each.timeout),
            "over": times.rough(over),
        }
        if over > timedelta(0):
            text = _(
                "Attempt %(attempt)s runs since %(since)s; its timeout of %(timeout)s passed %(over)s ago."
            )
        else:
            text = _("Attempt %(attempt)s runs since %(since)s; the slots behind it were skipped.")
        return text % about

    def _progress(self, each: Running) -> str:
        progress = each.run.newest.progress
        if progress is None or not progress.total:
            return ""
        share = min(max(round(100 * progress.done / progress.total), 0), 100)
        return _("%(percent)s %% done.") % {"percent": share}

    def _paused(self, report: JobBrief, cells: Sequence[Cell]) -> Why:
        pause = report.last_pause
        if pause is None:
            return Why()
        about = {
            "who": one_line(pause.actor) or _("somebody"),
            "since": self._clock(pause.started_at),
            "until": "" if pause.until is None else self._clock(pause.until),
        }
        text = (
            _("Paused by %(who)s since %(since)s, until somebody resumes it.")
            if pause.until is None
            else _("Paused by %(who)s since %(since)s, until %(until)s.")
        )
        waiting = report.waiting or 0
        waits = ngettext("%(count)s slot waits.", "%(count)s slots wait.", waiting) % {"count": waiting}
        return Why(
            error="",
            text=" ".join(filter(None, [text % about, one_line(pause.comment), waits * bool(waiting)])),
        )

    def _clock(self, instant: datetime, *, seconds: bool = False) -> str:
        return times.short(instant, self._at, self._zone, seconds=seconds)
