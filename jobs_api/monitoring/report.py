"""The report of all jobs and their health: the API, the command line and every page show this one.

Reading it takes a fixed number of statements, however many jobs and runs there are, and writes nothing. The
code that shows it adds addresses and words, and sends no statement.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from jobs_api import clock, registry
from jobs_api.models import JobPause, JobRun
from jobs_api.monitoring import health
from jobs_api.monitoring.run_report import RunReport, local
from jobs_api.monitoring.source_report import SourceReport, source_reports
from jobs_api.monitoring.underway import Underway
from jobs_api.registry.job import Job
from jobs_api.runs import backlog, glances, hosts, readers
from jobs_api.runs.glances import Glance
from jobs_api.runs.hosts import Difference
from jobs_api.runs.job_state import Standing, standings, standings_of
from jobs_api.runs.underway import underway

FEW = 100
"""Up to this many jobs, the statement names them. For more, it reads the runs of all jobs, because a
database limits the number of parameters."""


@dataclasses.dataclass(frozen=True, slots=True)
class JobBrief:
    """One declared job, with few columns of its runs. Instants are in its zone."""

    job: Job
    health: str
    """ "ok", "paused", "missed", "overdue" or "failing": see `jobs_api.monitoring.health`."""
    next_run_date: datetime | None
    """None where it runs on demand only."""
    missed_run_date: datetime | None
    """The newest slot that should have a run by now and has none."""
    paused: bool
    last_pause: JobPause | None
    """The newest pause, over or not: the one that is in force, if the job is paused."""
    waiting: int | None
    """How many queued slots and retries wait for the end of its pause; None where it is not paused."""
    newest: JobRun | Glance | None
    """The newest run."""
    underway: Underway
    """What it is doing now."""
    unknown: bool
    """Whether the database does not know it as it is declared: no slot of it counts as missed so far."""
    standing: Standing
    """What the verdict was made of."""
    last_started: JobRun | Glance | None
    """The newest run that was started: it may fail."""
    unclaimed: RunReport | None
    """The first run that waits for its engine or a host, and has for longer than the job's grace."""


@dataclasses.dataclass(frozen=True, slots=True)
class JobReport(JobBrief):
    """One declared job, with all that its newest runs say, as `runs.readers` has read them."""

    newest: JobRun | None
    last_started: JobRun | None

    @property
    def last_run(self) -> RunReport | None:
        """The newest one; made when it is asked for: most pages show few of a thousand."""
        return None if self.newest is None else RunReport.of(self.newest)


@dataclasses.dataclass(frozen=True, slots=True)
class HealthReport:
    """All jobs, and what is wrong that is not a job's fault."""

    at: datetime
    """When it was read, by the database's clock."""
    jobs: Sequence[JobReport]
    differences: Sequence[Difference]
    """Where other hosts declare a job differently."""
    clock: str
    """What is wrong with the clock of this host; empty where it is right."""
    sources: Sequence[SourceReport]
    """Who has called, the newest call first."""

    def names(self, verdict: str) -> list[str]:
        """The jobs with this health; a job that is paused and overdue is both."""
        return [
            report.job.name for report in self.jobs if verdict in (report.health, report.paused and "paused")
        ]

    @property
    def unstarted(self) -> list[str]:
        """The jobs of which a slot was ordered that nobody has started for longer than their grace."""
        return [report.job.name for report in self.jobs if report.underway.waits_long]

    @property
    def unknown(self) -> list[str]:
        """The jobs of which no slot counts as missed, because the database does not know them as declared."""
        return [report.job.name for report in self.jobs if report.unknown]

    @property
    def red(self) -> bool:
        """Whether a job needs a person's attention."""
        return any(report.health in health.RED for report in self.jobs)

    @property
    def differing(self) -> list[str]:
        """The jobs that hosts declare differently."""
        return sorted({difference.job for difference in self.differences})


def job_reports(jobs: Sequence[Job], *, now: datetime | None = None) -> list[JobReport]:
    """The report of these jobs: four statements, and one more where a job is paused.

    Args:
        now: for tests; None is the database's clock.
    """
    return _read(jobs, now)[1]


def job_briefs(jobs: Sequence[Job], at: datetime, *, now: datetime | None = None) -> list[JobBrief]:
    """The same in brief, for pages that judge a thousand jobs and show a hundred: one statement less.

    Args:
        at: what time it is, by the database's clock.
        now: for tests; None is the database's clock.
    """
    known = glances.known(now)
    runs = {each.name: (each.newest, each.started) for each in known}
    judge = _Judge(standings_of(jobs, known, at), at, now)
    return [JobBrief(**facts) for facts in judge.facts(runs)]


def health_report(
    covers: Callable[[str], bool] = lambda name: True,
    *,
    actor: str | None = None,
    now: datetime | None = None,
) -> HealthReport:
    """The report of all jobs whose name `covers` lets through: two statements more than `job_reports`.

    Args:
        actor: the token whose calls alone are shown; None for all sources.
        now: for tests; None is the database's clock.
    """
    at, reports = _read([job for job in registry.jobs() if covers(job.name)], now)
    differences = [each for each in hosts.differences(at=at) if covers(each.job)]
    return HealthReport(at, reports, differences, clock.fault(), source_reports(at, actor=actor))


def _read(jobs: Sequence[Job], now: datetime | None) -> tuple[datetime, list[JobReport]]:
    names = [job.name for job in jobs]
    at, found = standings(now=now, names=names)
    runs = readers.newest_of_each(names if len(names) <= FEW else None, now)
    return at, [JobReport(**facts) for facts in _Judge(found, at, now).facts(runs)]


class _Judge:
    """Judges jobs at one time: one statement for what is under way, and one where a job is paused."""

    def __init__(self, standings: Sequence[Standing], at: datetime, now: datetime | None) -> None:
        self._standings, self._at = standings, at
        self._waiting = backlog.waiting([each.job for each in standings if each.paused], at=at, now=now)
        self._doing = underway(now)

    def facts(self, runs: Mapping[str, tuple[Any, Any]]) -> Iterator[dict[str, Any]]:
        """Of a `JobReport` of each job, or of a `JobBrief`.

        Args:
            runs: of each job the newest run, and the newest one that was started.
        """
        for standing in self._standings:
            newest, started = runs.get(standing.job.name, (None, None))
            yield {"newest": newest, "last_started": started, **self._facts(standing, started)}

    def _facts(self, standing: Standing, started: JobRun | Glance | None) -> dict[str, Any]:
        job, at, doing = standing.job, self._at, self._doing.get(standing.job.name, [])
        following, missed = job.next_run_date(at), standing.missed_slot(at)
        unclaimed = health.waits_too_long(standing, started, at, doing)
        return {
            "job": job,
            "health": health.verdict(standing, started, at, doing, missed),
            "next_run_date": None if following is None else local(following, job),
            "missed_run_date": None if missed is None else local(missed, job),
            "paused": standing.paused,
            "last_pause": standing.last_pause,
            "waiting": self._waiting[job.name] if standing.paused else None,
            "underway": Underway.of(standing, doing, at),
            "unknown": standing.unknown,
            "standing": standing,
            "unclaimed": None if unclaimed is None else RunReport.of(unclaimed),
        }
