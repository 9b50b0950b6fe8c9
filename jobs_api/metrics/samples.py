"""The samples of all metrics, from what was read: no statement, and no library."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import django

from jobs_api import __version__, callers
from jobs_api.metrics.reading import Reading
from jobs_api.models import HELD, Reason, State
from jobs_api.monitoring.histograms import Histogram
from jobs_api.monitoring.report import JobReport
from jobs_api.monitoring.source_report import SourceReport
from jobs_api.monitoring.totals import OTHER, Success, Totals
from jobs_api.monitoring.underway import Underway
from jobs_api.text import one_line

HEALTH = ("ok", "paused", "missed", "overdue", "failing")
SOURCES = 100
"""At most so many sources are told apart."""
UNKNOWN = "(unknown)"
"""A source that does not say what it is."""
LABEL = 200
"""Characters of a value that somebody declares or sends."""
ENDS = (
    (State.SUCCEEDED, ""),
    *((State.FAILED, reason) for reason in Reason if reason != Reason.CANCELLED),
    (State.CANCELLED, Reason.CANCELLED),
)
"""How an attempt may end. Each is shown from the beginning: a series that begins with 1 shows no increase."""


class Sample(NamedTuple):
    """One value of a metric."""

    name: str
    labels: tuple[str, ...]
    value: float | Histogram


def of_the_process(*, reachable: bool) -> Iterator[Sample]:
    """What is known without the database."""
    yield Sample("jobs_api_build_info", (__version__, django.get_version()), 1)
    yield Sample("jobs_api_database_reachable", (), int(reachable))


def samples(reading: Reading) -> Iterator[Sample]:
    """All of what was read."""
    for report in reading.report.jobs:
        totals = reading.totals.get(report.job.name) or Totals()
        yield from _of_a_job(report)
        yield from _of_its_runs(report, totals)
        yield from _of_its_totals(report.job.name, totals)
        if report.job.schedule is not None:
            yield Sample("jobs_api_start_lateness_seconds", (report.job.name,), totals.lateness)
    yield from _at("jobs_api_counters_written_timestamp_seconds", reading.written_at)
    yield from _of_sources(reading)
    for kind, number in sorted(reading.incidents.items()):
        yield Sample("jobs_api_incidents_open", (kind,), number)
    for channel, waiting in sorted(reading.undelivered.items()):
        yield Sample("jobs_api_alert_messages_undelivered", (channel,), waiting.number)
        yield from _at("jobs_api_alert_oldest_undelivered_timestamp_seconds", waiting.since, channel)


def _at(name: str, instant: datetime | float | None, *labels: str) -> Iterator[Sample]:
    """A time as seconds since 1970; nothing where there is none."""
    if instant is not None:
        seconds = instant.timestamp() if isinstance(instant, datetime) else instant
        yield Sample(name, labels, seconds)


def _of_a_job(report: JobReport) -> Iterator[Sample]:
    job, name = report.job, report.job.name
    about = (name, _label(job.schedule or ""), str(job.slots.zone), _label(job.owner))
    yield Sample("jobs_api_job_info", about, 1)
    for health in HEALTH:
        yield Sample("jobs_api_job_health", (name, health), int(report.health == health))
    yield Sample("jobs_api_job_paused", (name,), int(report.paused))
    yield from _at("jobs_api_job_next_slot_timestamp_seconds", report.next_run_date, name)
    yield from _at("jobs_api_job_missed_slot_timestamp_seconds", report.missed_run_date, name)
    yield Sample("jobs_api_job_runs_in_flight", (name,), _in_flight(report.underway))
    yield Sample("jobs_api_job_runs_queued", (name,), report.underway.queued_count)


def _in_flight(underway: Underway) -> int:
    """Without those whose holder went silent, though nobody has reaped them yet."""
    return underway.running_count - sum(run.run.state not in HELD for run in underway.running)


def _of_its_runs(report: JobReport, totals: Totals) -> Iterator[Sample]:
    name, run = report.job.name, report.last_run
    if run is not None:
        yield from _at("jobs_api_job_last_run_slot_timestamp_seconds", run.run_date, name)
        yield from _at("jobs_api_job_last_run_start_timestamp_seconds", run.newest.started_at, name)
        yield from _at("jobs_api_job_last_run_end_timestamp_seconds", run.newest.finished_at, name)
    success = _last_success(report, totals)
    if success is not None:
        yield from _at("jobs_api_job_last_success_slot_timestamp_seconds", success.slot, name)
        yield from _at("jobs_api_job_last_success_timestamp_seconds", success.finished, name)
        yield from _at("jobs_api_job_last_success_duration_seconds", success.duration, name)


def _last_success(report: JobReport, totals: Totals) -> Success | None:
    """The newest run, if that has succeeded; else the one that was noted last.

    To look for it among the runs could take long: a job may have failed a hundred thousand times since.
    """
    run, noted = report.last_run, totals.success
    if run is None or run.state != State.SUCCEEDED or run.newest.finished_at is None:
        return noted
    took = run.newest.duration_ms
    newest = Success(
        run.run_date.timestamp(), run.newest.finished_at.timestamp(), None if took is None else took / 1000
    )
    return newest if noted is None or newest[:2] >= noted[:2] else noted


def _of_its_totals(name: str, totals: Totals) -> Iterator[Sample]:
    for state, reason in dict.fromkeys(
        [*((str(state), str(reason)) for state, reason in ENDS), *totals.attempts]
    ):
        yield Sample("jobs_api_attempts_total", (name, state, reason), totals.attempts[state, reason])
    yield Sample("jobs_api_attempt_duration_seconds", (name,), totals.duration)
    yield Sample("jobs_api_trigger_duration_seconds", (name,), totals.answer)
    answered = Counter[tuple[str, str]]()
    for (source, outcome), number in sorted(totals.triggers.items()):
        answered[_source(source), outcome] += number
    for (source, outcome), number in answered.items():
        yield Sample("jobs_api_triggers_total", (name, source, outcome), number)


def _of_sources(reading: Reading) -> Iterator[Sample]:
    for source, reports in _by_name(list(reading.report.sources)).items():
        last = max(report.last_at for report in reports)
        yield from _at("jobs_api_source_last_call_timestamp_seconds", last, source)
        silent = any(report.is_missed for report in reports)
        yield Sample("jobs_api_source_silent", (source,), int(silent))
    polled = [report.last_run_due_at for report in reading.report.sources if report.last_run_due_at]
    yield from _at("jobs_api_run_due_last_call_timestamp_seconds", max(polled, default=None))


def _by_name(reports: list[SourceReport]) -> dict[str, list[SourceReport]]:
    """The rows of each source, whoever called with it; callers that we know first, then those of late."""
    known, found = callers.names(), dict[str, list[SourceReport]]()
    for report in sorted(reports, key=lambda report: report.source not in known):
        name = _source(report.source)
        found.setdefault(name if name in found or len(found) < SOURCES else OTHER, []).append(report)
    return found


def _source(name: str) -> str:
    """Prometheus takes an empty label for none at all."""
    return _label(name) or UNKNOWN


def _label(text: str) -> str:
    """A value without line breaks, and not longer than anybody reads."""
    return one_line(text)[:LABEL]
