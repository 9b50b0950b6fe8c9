"""A job as a line of the overview: its state, which refines its health, and what lines are sorted by."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from jobs_api.alerts.absences import late
from jobs_api.models import HELD
from jobs_api.monitoring.report import JobBrief
from jobs_api.text import one_line

TROUBLE = ("failing", "missed", "overdue", "late")
ORDER = (*TROUBLE, "running", "ok", "not_run", "paused")
"""The states of jobs, the worst first."""


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One job."""

    report: JobBrief
    state: str
    """One of `ORDER`: its health, of which "ok" is refined into "late", "running", "ok" and "not_run"."""
    seconds: float | None
    """How long its newest attempt took; of one that runs, so far."""

    @classmethod
    def of(cls, report: JobBrief, at: datetime) -> Line:
        """From the report of the job."""
        return cls(report, _state(report, at), _seconds(report, at))

    @property
    def name(self) -> str:
        """Of the job."""
        return self.report.job.name

    @property
    def trouble(self) -> bool:
        """Whether a person should look at it."""
        return self.state in TROUBLE

    def text(self) -> str:
        """What is searched: name, tags, owner, description, and what was said when it was paused."""
        job, pause = self.report.job, self.report.last_pause
        note = pause.comment if pause is not None and self.report.paused else ""
        return one_line(" ".join([job.name, job.owner, *job.tags, job.help_text, note])).casefold()


def _state(report: JobBrief, at: datetime) -> str:
    if report.health != "ok":
        return report.health
    if late(report, at) is not None:
        return "late"
    if report.underway.running_count:
        return "running"
    return "not_run" if report.last_started is None else "ok"  # nobody knows whether it would go well


def _seconds(report: JobBrief, at: datetime) -> float | None:
    run = report.last_started
    if run is None or run.started_at is None:
        return None
    held = run.state in HELD and not run.lease_over
    ended = at if held else run.finished_at
    return None if ended is None else max((ended - run.started_at) / timedelta(seconds=1), 0.0)


Key = Callable[[Line], Any]
_END = float("inf")


def _next(line: Line) -> Any:
    following = line.report.next_run_date
    return (_END if following is None else following.timestamp(), line.name)


SORTS: dict[str, Key] = {
    "trouble": lambda line: (ORDER.index(line.state), line.name),
    "name": lambda line: line.name,
    "next": _next,
    "duration": lambda line: (-line.seconds if line.seconds is not None else _END, line.name),
    "owner": lambda line: (line.report.job.owner == "", line.report.job.owner.casefold(), line.name),
}
"""By what lines may be sorted."""
