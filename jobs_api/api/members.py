"""The JSON of jobs, runs and health: reports in the words of `jobs_api.api.schemas`, with addresses."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

from django.http import HttpRequest

from jobs_api.alerts.standing import Standing as AlertStanding
from jobs_api.api.alert_schemas import CHANNELS, SHORT_ERROR
from jobs_api.api.responses import iso, local, run_members, url
from jobs_api.api.schemas import (
    DIFFERING,
    KINDS,
    NAMED,
    NAMED_LENGTH,
    PAUSES,
    PAUSES_LENGTH,
    SHORT_REASON,
    SOURCES_LENGTH,
)
from jobs_api.check_ins import Standing as MonitorStanding
from jobs_api.history.standing import Standing as HistoryStanding
from jobs_api.models import JobPause
from jobs_api.monitoring.measures import Lateness
from jobs_api.monitoring.report import HealthReport, JobReport
from jobs_api.monitoring.run_report import AttemptReport, Progress, RunReport
from jobs_api.monitoring.source_report import SourceJob, SourceReport
from jobs_api.monitoring.underway import Running
from jobs_api.registry.job import Job
from jobs_api.text import shortened
from jobs_api.triggers.request import RunSummary


def job_members(request: HttpRequest, report: JobReport) -> dict[str, Any]:
    """One declared job."""
    job = report.job
    return {
        "name": job.name,
        "description": job.help_text,
        "owner": job.owner or None,
        "runbook": job.runbook or None,
        "tags": list(job.tags),
        "command": job.command,
        "call": job.call,
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
        "running": [running_members(request, running) for running in report.underway.running],
        "running_count": report.underway.running_count,
        "queued_count": report.underway.queued_count,
        "queued_since": local(report.underway.queued_since, job),
        "runs_url": url(request, "runs", job.name),
    }


def health_members(
    report: HealthReport,
    alerts: AlertStanding,
    history: HistoryStanding,
    monitors: Sequence[MonitorStanding] = (),
) -> dict[str, Any]:
    """How the jobs stand: at most `NAMED` of each kind by name, and the count of all."""
    named = {kind: report.names(kind) for kind in KINDS}
    named |= {"unstarted": report.unstarted, "unknown": report.unknown}
    told = {
        "health": "red" if report.red else "ok",
        "counts": {kind: len(names) for kind, names in named.items()},
        **{kind: _fitting(names) for kind, names in named.items()},
        "clock": report.clock or None,
        "differing": report.differing[:DIFFERING],
        "alerts": _alerts(alerts),
        "history": _history(history),
        "check_ins": [_check_ins(each) for each in monitors if each.failing_since is not None],
    }
    calls = _calls(report.sources, min(SOURCES_LENGTH, PAUSES_LENGTH - len(json.dumps(told))))
    room = PAUSES_LENGTH - len(json.dumps({**told, **calls}))
    return {**told, **calls, "pauses": _longest_pauses(report, room)}


def _history(history: HistoryStanding) -> dict[str, Any]:
    """How the roll-up of days stands."""
    return {
        "stalled": history.stalled,
        "since": iso(history.failing_since or history.waits_since),
        "error": history.error or None,
    }


def _alerts(alerts: AlertStanding) -> dict[str, Any]:
    """How alerts stand: the channels in trouble, those first that are for longest."""
    troubled = [each for each in alerts.channels if each.troubled]
    troubled.sort(key=lambda each: each.failing_since or each.waiting_since or alerts.at)
    return {
        "open": alerts.open_count,
        "errors": alerts.open.get("error", 0),
        "acknowledged": alerts.acknowledged,
        "muted": alerts.muted,
        "evaluated_at": iso(alerts.evaluated_at),
        "stalled": alerts.stalled or alerts.failing_since is not None,
        "error": alerts.error or None,
        "channels": [
            {
                "channel": each.channel,
                "waiting": each.waiting,
                "waiting_since": iso(each.waiting_since),
                "failing_since": iso(each.failing_since),
                "error": shortened(each.error, SHORT_ERROR) or None,
                "given_up": each.given_up,
            }
            for each in troubled[:CHANNELS]
        ],
    }


def _check_ins(monitor: MonitorStanding) -> dict[str, Any]:
    """An outside monitor that takes no check-ins."""
    return {
        "monitor": monitor.name,
        "failing_since": iso(monitor.failing_since),
        "failures": monitor.failures,
        "reason": shortened(monitor.reason, SHORT_ERROR),
        "last_success": iso(monitor.last_success),
    }


def _calls(sources: Sequence[SourceReport], room: int) -> dict[str, Any]:
    """When anybody last called: the sources that fit, those that are silent first."""
    shown = [source_members(each) for each in _in_turns(sources)]
    ends = accumulate(len(json.dumps(each)) for each in shown)
    return {
        "last_call_at": iso(max((each.last_at for each in sources), default=None)),
        "silent_count": sum(each.is_missed for each in sources),
        "sources": [each for each, end in zip(shown, ends, strict=True) if end <= room],
    }


def _in_turns(sources: Sequence[SourceReport]) -> Iterator[SourceReport]:
    """The silent ones first, of each token or user in turn: one that makes names up hides no other's."""
    turns: Counter[str] = Counter()
    placed: list[tuple[bool, int, int, SourceReport]] = []
    for each in sorted(sources, key=lambda each: not each.is_missed):
        turns[each.actor] += 1
        placed.append((not each.is_missed, turns[each.actor], len(json.dumps(each.source)), each))
    yield from (each for *_, each in sorted(placed, key=lambda place: place[:3]))


def source_members(report: SourceReport) -> dict[str, Any]:
    """One source."""
    usual = report.usual_gap
    return {
        "source": report.source or None,
        "actor": report.actor or None,
        "last_at": iso(report.last_at),
        "last_trigger_at": iso(report.last_trigger_at),
        "last_run_due_at": iso(report.last_run_due_at),
        "first_at": iso(report.first_at),
        "calls": report.calls,
        "wins": report.wins,
        "usual_gap_seconds": None if usual is None else round(usual.total_seconds()),
        **_late(report.lateness),
        "silent": report.silent,
        "silent_jobs": _fitting([each.job for each in report.silent_jobs]),
        "run_due_silent": report.run_due_silent,
    }


def source_in_full(report: SourceReport) -> dict[str, Any]:
    """One source with its jobs."""
    return {**source_members(report), "jobs": list(map(_source_job, report.jobs))}


def _source_job(report: SourceJob) -> dict[str, Any]:
    usual = report.usual_gap
    return {
        "job": report.job,
        "first_at": iso(report.first_at),
        "last_at": iso(report.last_at),
        "calls": report.calls,
        "wins": report.wins,
        "usual_gap_seconds": None if usual is None else round(usual.total_seconds()),
        **_late(report.lateness),
        "silent": report.silent,
    }


def _late(lateness: Lateness) -> dict[str, float | None]:
    numbers = {"last": lateness.last, "usual": lateness.usual, "worst": lateness.worst}
    return {
        f"{name}_late_seconds": None if late is None else round(late, 1) for name, late in numbers.items()
    }


def _longest_pauses(report: HealthReport, room: int) -> list[dict[str, Any]]:
    """Those of the jobs that were paused first, as far as there is room: one of them may be forgotten."""
    paused = [(job.last_pause, job) for job in report.jobs if job.paused and job.last_pause is not None]
    paused.sort(key=lambda each: each[0].started_at)
    told = [_paused_job(pause, job) for pause, job in paused[:PAUSES]]
    ends = accumulate(len(json.dumps(each)) for each in told)
    return [each for each, end in zip(told, ends, strict=True) if end <= room]


def _paused_job(pause: JobPause, report: JobReport) -> dict[str, Any]:
    return {
        "job": report.job.name,
        "started_at": local(pause.started_at, report.job),
        "until": local(pause.until, report.job),
        "actor": pause.actor or None,
        "reason": shortened(pause.comment, SHORT_REASON) or None,
        "waiting": report.waiting,
    }


def _fitting(names: list[str]) -> list[str]:
    """The first names: the whole answer stays under 8 KB, however long they are."""
    ends = accumulate(len(name) for name in names[:NAMED])
    return [name for name, end in zip(names, ends, strict=False) if end <= NAMED_LENGTH]


def running_members(request: HttpRequest, running: Running) -> dict[str, Any]:
    """A held run: how old it is, how old it may become, and until when its holder has a lease."""
    run = running.run
    return {
        "id": run.id,
        "run_date": iso(run.run_date),
        "state": run.state,
        "reason": run.newest.reason or None,
        "attempt": run.newest.attempt,
        "executor": run.newest.executor,
        "since": local(running.since, run.job),
        "age_seconds": round(running.age.total_seconds()),
        "timeout_seconds": running.timeout.total_seconds(),
        "lease_expires_at": local(running.lease_expires_at, run.job),
        "overdue": running.overdue,
        "progress": _progress(run.newest.progress),
        "url": url(request, "run", run.id),
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
        "traceparent": report.traceparent or None,
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
