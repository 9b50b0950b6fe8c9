"""What the overview reads: as many statements for a thousand jobs as for one."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from jobs_api import registry
from jobs_api.alerts import readers
from jobs_api.dashboard.navigation import MOST
from jobs_api.dashboard.overview.lines import Line
from jobs_api.history import cells, durations, nights, source_hours
from jobs_api.history.cell import Cell
from jobs_api.history.durations import Usual
from jobs_api.history.nights import Night
from jobs_api.history.source_hours import SourceDay
from jobs_api.models import Incident, JobRun
from jobs_api.monitoring.report import JobBrief, job_briefs
from jobs_api.runs import readers as runs


@dataclasses.dataclass(frozen=True, slots=True)
class Everything:
    """All jobs and all sources, as they are at one time."""

    at: datetime
    lines: Sequence[Line]
    sources: Sequence[SourceDay]
    night: Night
    incidents: Sequence[Incident]
    """Those that are open, the newest first; at most `navigation.MOST`."""

    @property
    def reports(self) -> list[JobBrief]:
        """Of all jobs."""
        return [line.report for line in self.lines]

    @property
    def nothing_ran(self) -> bool:
        """Whether no job has ever had a run, as far as the database knows."""
        return all(line.report.newest is None for line in self.lines)


def everything(at: datetime, zone: ZoneInfo) -> Everything:
    """Read it: seven statements, three more for more than a hundred jobs, and one more where a job is paused.

    Args:
        at: what time it is, by the database's clock.
        zone: of whoever looks: nights are theirs.
    """
    jobs = registry.jobs()
    reports = job_briefs(jobs, at)
    standings = {report.job.name: report.standing for report in reports}
    return Everything(
        at=at,
        lines=[Line.of(report, at) for report in reports],
        sources=source_hours.source_days(at),
        night=nights.night(jobs, at=at, zone=zone, standings=standings),
        incidents=readers.incidents(open=True, limit=MOST).rows,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Past:
    """What the rows of a page show of their jobs' pasts."""

    cells: Mapping[str, Sequence[Cell]]
    usual: Mapping[str, Usual]
    failed: Mapping[int, JobRun]
    """By their ids the newest runs of the jobs that are failing, whole: more is said of them."""


def past(lines: Sequence[Line], at: datetime) -> Past:
    """Of the jobs of a page: two statements, and one more where a job is failing."""
    jobs = [line.report.job for line in lines]
    standings = {line.name: line.report.standing for line in lines}
    found = cells.recent(jobs, at=at, standings=standings, brief=True)
    names = [job.name for job in jobs]
    started = (line.report.last_started for line in lines if line.state == "failing")
    return Past(found, durations.usual(names), runs.whole([run.pk for run in started if run]))
