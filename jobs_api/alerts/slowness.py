"""When a job counts as slower than usual."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from jobs_api.alerts import settings
from jobs_api.alerts.findings import Finding, Key
from jobs_api.alerts.wording import slot_of
from jobs_api.models import JobRun, State
from jobs_api.monitoring.report import JobReport
from jobs_api.runs.recent import Past
from jobs_api.text.spans import span

COMPARED, FEWEST = 50, 8
"""A run is compared with at most so many successful ones before it, and at least so many."""
EXTRA = 30.0
"""Seconds; who is slower by less than that is not slow."""
MOST = 100
"""So many jobs are looked at in one evaluation: those that have run longest."""


def candidates(reports: Sequence[JobReport], open_jobs: set[str], since: datetime, at: datetime) -> list[str]:
    """The jobs whose last runs must be read: whatever took less than half a minute cannot be slow.

    Args:
        open_jobs: those that have an open incident.
        since: when they were last looked at.
    """
    long = {
        report.job.name: seconds for report in reports if (seconds := _longest(report, since, at)) > EXTRA
    }
    wanted = sorted(long, key=lambda name: (name not in open_jobs, -long[name]))
    return wanted[:MOST]


def slow(report: JobReport, past: Sequence[Past], since: datetime, at: datetime) -> Finding | Key | None:
    """Whether the newest slot took, or a running one already takes, much longer than usual.

    Of the job's last 50 successful runs before it, at least 8, 95 of 100 took at most so long: it is slow if
    it takes more than `SLOW_FACTOR` times that (2), and 30 seconds more.

    It is over when a later run has succeeded in its usual time. It stays while a run fails or hangs.

    Args:
        past: the job's last runs, if it is one of `candidates`.
        since: when it was last looked at: what had ended by then is not looked at again.
    """
    key, run = ("slow", report.job.name), report.last_started
    if report.health == "overdue" or run is None:
        return key
    for each, seconds in _durations(report, since, at):
        usual = _usual([other for other in past if other.run_date < each.run_date])
        if usual is not None and seconds > max(usual * settings.slow_factor(), usual + EXTRA):
            return _finding(report, each, seconds, usual, at)
    return None if _is_over(run, since) else key


def _is_over(run: JobRun, since: datetime) -> bool:
    return run.state == State.SUCCEEDED and run.finished_at is not None and run.finished_at > since


def _longest(report: JobReport, since: datetime, at: datetime) -> float:
    return max((seconds for _, seconds in _durations(report, since, at)), default=0)


class _Timed(NamedTuple):
    """A run that may be slow."""

    id: int
    run_date: datetime
    began: datetime
    runs: bool
    """Whether it has not ended yet."""


def _durations(report: JobReport, since: datetime, at: datetime) -> Iterator[tuple[_Timed, float]]:
    """The runs that may be slow, each with how long it took, or takes."""
    for running in report.underway.running:
        began = running.run.newest.started_at
        if running.run.state == State.RUNNING and began is not None:
            yield _Timed(running.run.id, running.run.run_date, began, True), (at - began).total_seconds()
    run = report.last_started
    if run is not None and _is_over(run, since) and run.started_at and run.finished_at:
        timed = _Timed(run.pk, run.run_date, run.started_at, False)
        yield timed, (run.finished_at - run.started_at).total_seconds()


def _usual(past: Sequence[Past]) -> float | None:
    """The duration that 95 of 100 runs keep; None where too few are known."""
    took = [each.seconds for each in past if each.state == State.SUCCEEDED and each.seconds is not None]
    if len(took) < FEWEST:
        return None
    took = sorted(took[:COMPARED])
    return took[max(math.ceil(len(took) * 0.95) - 1, 0)]


def _finding(report: JobReport, run: _Timed, seconds: float, usual: float, at: datetime) -> Finding:
    most = max(usual * settings.slow_factor(), usual + EXTRA)
    takes = f"runs for more than {span(most)}" if run.runs else f"took {span(seconds)}"
    facts: Mapping[str, float] = {"seconds": round(seconds, 1), "usual_seconds": round(usual, 1)}
    return Finding(
        "slow",
        report.job.name,
        since=min(run.began + timedelta(seconds=most), at),
        detail=f"The slot {slot_of(run.run_date, report.job)} {takes}; usual is up to {span(usual)}.",
        job_name=report.job.name,
        run=run.id,
        run_date=run.run_date,
        facts=facts,
    )
