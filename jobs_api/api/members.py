"""The JSON of jobs, runs and health: reports in the words of `jobs_api.api.schemas`, with addresses."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from jobs_api.api.responses import iso, local, run_members, url
from jobs_api.api.schemas import DIFFERING, NAMED
from jobs_api.models import JobPause
from jobs_api.monitoring.report import HealthReport, JobReport
from jobs_api.monitoring.run_report import AttemptReport, Progress, RunReport
from jobs_api.registry.job import Job
from jobs_api.triggers.request import RunSummary


def job_members(request: HttpRequest, report: JobReport) -> dict[str, Any]:
    """One declared job."""
    job = report.job
    return {
        "name": job.name,
        "description": job.help_text,
        "command": job.command,
        "schedule": job.schedule,
        "timezone": job.slots.timezone,
        "executor": job.executor_name,
        "next_run_date": iso(report.next_run_date),
        "paused": report.paused,
        "last_pause": pause_members(report.last_pause, job),
        "waiting": report.waiting,
        "health": report.health,
        "missed_run_date": iso(report.missed_run_date),
        "last_run": None if report.last_run is None else run_detail(request, report.last_run),
        "runs_url": url(request, "runs", job.name),
    }


def health_members(report: HealthReport) -> dict[str, Any]:
    """How the jobs stand: at most `NAMED` of each kind by name, and the count of all."""
    named = {kind: report.names(kind) for kind in ("missed", "failing", "paused")}
    return {
        "health": "red" if report.red else "ok",
        "counts": {kind: len(names) for kind, names in named.items()},
        **{kind: names[:NAMED] for kind, names in named.items()},
        "clock": report.clock or None,
        "differing": report.differing[:DIFFERING],
    }


def run_detail(request: HttpRequest, report: RunReport) -> dict[str, Any]:
    """One run, without its options and earlier attempts."""
    newest = report.newest
    return {
        "job": report.job_name,
        "run_date": iso(report.run_date),
        **run_members(request, _summary(report)),
        "tries": report.tries,
        "trigger": newest.trigger,
        "source": newest.source or None,
        "created_at": iso(report.created_at),
        "next_attempt_at": iso(report.next_attempt_at),
        "cancel_requested_at": iso(report.cancel_requested_at),
        "progress": _progress(newest.progress),
        "output_url": url(request, "output", report.id),
    }


def _summary(report: RunReport) -> RunSummary:
    newest = report.newest
    seen = (newest.state, newest.attempt, newest.reason, newest.started_at, newest.finished_at)
    return RunSummary(report.id, *seen)


def attempt_members(report: AttemptReport) -> dict[str, Any]:
    """One attempt of a run."""
    return {
        "attempt": report.attempt,
        "state": report.state,
        "reason": report.reason or None,
        "executor": report.executor,
        "trigger": report.trigger,
        "source": report.source or None,
        "actor": report.actor or None,
        "comment": report.comment or None,
        "note": report.note or None,
        "started_at": iso(report.started_at),
        "finished_at": iso(report.finished_at),
        "duration_ms": report.duration_ms,
        "progress": _progress(report.progress),
        "output_bytes": report.output_bytes,
    }


def pause_members(pause: JobPause | None, job: Job) -> dict[str, Any] | None:
    """When a job was paused, who ended that, and why; null where it never was."""
    if pause is None:
        return None
    return {
        "started_at": local(pause.started_at, job),
        "actor": pause.actor or None,
        "reason": pause.comment or None,
        "until": local(pause.until, job),
        "ended_at": local(pause.ended_at, job),
        "resumed_by": pause.resumed_by or None,
        "resume_reason": pause.resume_comment or None,
    }


def _progress(progress: Progress | None) -> dict[str, int | None] | None:
    return None if progress is None else progress._asdict()
