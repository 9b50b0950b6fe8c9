"""What is under way, for people: the attempts that are held now, and the slots that wait to be started."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from jobs_api.management.tables import Table
from jobs_api.monitoring.report import HealthReport, JobReport
from jobs_api.monitoring.underway import Running
from jobs_api.text.spans import between, span

RUNNING = ("run", "job", "slot", "state", "attempt", "age", "timeout", "lease_until", "progress", "executor")
DROP = ("executor", "attempt", "progress", "slot", "lease_until")
"""Columns that a narrow terminal can do without, the first first."""
SHOWN = 20
"""So many attempts are listed, those that began first."""


def parts(jobs: Sequence[JobReport]) -> list[str | Table]:
    """A table of the held attempts, for below another one; nothing if there are none."""
    rows = _rows(jobs)
    return ["", "Under way:", Table.of(RUNNING, rows, DROP)] if rows else []


def _rows(jobs: Sequence[JobReport]) -> list[tuple[Any, ...]]:
    """Those that hang first, then by age."""
    held = [running for job in jobs for running in job.underway.running]
    held.sort(key=lambda running: (not running.overdue, -running.age))
    return [_row(running) for running in held[:SHOWN]]


def _row(running: Running) -> tuple[Any, ...]:
    run, progress = running.run, running.run.newest.progress
    done = None if progress is None else "/".join(str(number) for number in progress if number is not None)
    state = "overdue" if running.overdue else run.outcome
    limits = (span(running.timeout.total_seconds()), running.lease_expires_at)
    newest = run.newest
    return (
        run.id,
        run.job_name,
        run.run_date,
        state,
        newest.attempt,
        span(running.age.total_seconds()),
        *limits,
        done,
        newest.executor,
    )


def members(job: JobReport) -> dict[str, Any]:
    """The same for programs, in full."""
    return {
        "running": [
            {
                "run": running.run.id,
                "run_date": running.run.run_date,
                "state": running.run.state,
                "attempt": running.run.newest.attempt,
                "since": running.since,
                "age_seconds": round(running.age.total_seconds()),
                "timeout_seconds": running.timeout.total_seconds(),
                "lease_expires_at": running.lease_expires_at,
                "overdue": running.overdue,
            }
            for running in job.underway.running
        ],
        "running_count": job.underway.running_count,
        "queued_count": job.underway.queued_count,
        "queued_since": job.underway.queued_since,
    }


def remarks(report: HealthReport) -> Iterator[str]:
    """Sentences on what the table has no room for."""
    count = sum(job.underway.running_count for job in report.jobs)
    if count > SHOWN:
        yield f"{count} attempts are under way; these are the oldest."
    late = [job for job in report.jobs if job.underway.waits_long]
    yield from (_waiting(job, report.at) for job in late[:5])
    if len(late) > 5:
        yield f"So do slots of {len(late) - 5} more jobs."
    if unknown := report.unknown:
        more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
        yield (
            f"{', '.join(unknown[:5])}{more}: nobody has called since it was declared like this, so no slot "
            "counts as missed. manage.py migrate or jobs_run_due changes that."
        )


def _waiting(job: JobReport, at: datetime) -> str:
    queued, since = job.underway.queued_count, job.underway.queued_since or at
    slots = "1 queued slot waits" if queued == 1 else f"{queued} queued slots wait"
    return f"{job.job.name}: {slots}, the first for {between(since, at)}; run-due starts them."
