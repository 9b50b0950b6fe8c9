"""Who calls: the sources as rows, the one that is silent first."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs_api.alerts.silences import subject_of
from jobs_api.dashboard import times
from jobs_api.dashboard.plots.bars import Bars, bars
from jobs_api.history.source_hours import SourceDay
from jobs_api.models import Incident
from jobs_api.monitoring.source_report import SourceJob
from jobs_api.text import one_line

ORDER = ("silent", "slow", "calling")
SHOWN = 5
"""So many fit beside the sentence."""


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """What a source does for one job, or as run-due."""

    calls: SourceJob
    name: str
    """Of the job; empty for run-due."""
    state: str


@dataclasses.dataclass(frozen=True, slots=True)
class Caller:
    """One source."""

    day: SourceDay
    name: str
    actor: str
    """Its token or user, where several have called from this source."""
    word: str
    """Its state in words: "Silent 3 h 02 m"."""
    bars: Bars
    lateness: str
    """ "1.2 s · 4.8 s": p50 and p95; empty where they say nothing."""
    incident: int | None
    """The open one about its silence."""
    key: str
    """Of its place on the page of all sources."""

    @property
    def state(self) -> str:
        """One of `ORDER`."""
        return self.day.state

    @property
    def parts(self) -> list[Part]:
        """What it calls: run-due first, then jobs, the newest call first."""
        report = self.day.report
        polls = [_part(report.run_due, "")] if report.run_due else []
        return [*polls, *(_part(job, job.job) for job in report.jobs)]


def _part(calls: SourceJob, name: str) -> Part:
    return Part(calls, name, "silent" if calls.silent else "calling")


def callers(days: Iterable[SourceDay], incidents: Iterable[Incident], at: datetime) -> list[Caller]:
    """All sources, those in trouble first; among equals, the newest call first."""
    found = sorted(days, key=lambda day: ORDER.index(day.state))
    several = Counter(day.report.source for day in found)
    about = {incident.subject: incident.pk for incident in incidents if incident.kind == "source_silent"}
    return [_caller(number, day, several, about, at) for number, day in enumerate(found)]


def _caller(
    number: int, day: SourceDay, several: Mapping[str, int], about: Mapping[str, int], at: datetime
) -> Caller:
    report = day.report
    parts = [None, *report.silent_jobs, *([report.run_due] if report.run_due_silent else [])]
    subjects = [subject_of(report, part) for part in parts]
    late = "" if day.p50 is None or day.p95 is None else f"{_short(day.p50)} · {_short(day.p95)}"
    return Caller(
        day=day,
        name=one_line(report.source) or _("without a name"),
        actor=one_line(report.actor) if several[report.source] > 1 else "",
        word=_word(day, at),
        bars=bars(day.hours, silent=report.silent),
        lateness=late,
        incident=next((about[subject] for subject in subjects if subject in about), None),
        key=f"source-{number}",
    )


def _short(seconds: float) -> str:
    """Without the seconds where there are minutes."""
    return times.span(seconds if seconds < 60 else round(seconds / 60) * 60)


def _word(day: SourceDay, at: datetime) -> str:
    report = day.report
    if report.silent:
        return _("Silent %(span)s") % {"span": times.rough(at - report.last_at)}
    if report.run_due_silent:
        return _("Silent for run-due")
    silent = len(report.silent_jobs)
    if silent:
        return ngettext("Silent for %(count)s job", "Silent for %(count)s jobs", silent) % {"count": silent}
    return ""


@dataclasses.dataclass(frozen=True, slots=True)
class Panel:
    """The sources beside the sentence."""

    callers: Sequence[Caller]
    more: int
    """How many have no room."""
    calling: int
    """How many call as usual: on a phone they are one line."""
    others: bool
    """Whether there are others than those."""


def panel(found: Sequence[Caller]) -> Panel:
    """Those in trouble, and as many others as there is room for."""
    shown = found[:SHOWN]
    calling = sum(caller.state == "calling" for caller in found)
    return Panel(shown, len(found) - len(shown), calling, calling < len(found))
