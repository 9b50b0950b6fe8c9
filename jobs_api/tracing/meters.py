"""Counters and histograms. Their attributes have few values: jobs that are declared, states, reasons."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry import metrics

from jobs_api import registry, signals
from jobs_api.execution import around
from jobs_api.runs.types import Lease
from jobs_api.tracing import names

SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14400)
"""The buckets of the histograms, where the project's own views name no others."""

_meter = metrics.get_meter(names.TRACER)
_triggers = _meter.create_counter(names.TRIGGERS, "{trigger}", "Triggers that were answered.")
_attempts = _meter.create_counter(names.ATTEMPTS, "{attempt}", "Attempts that have ended.")
_active = _meter.create_up_down_counter(names.ACTIVE, "{attempt}", "Attempts that are running.")
_duration = _meter.create_histogram(
    names.DURATION,
    "s",
    "From the start of an attempt to its end.",
    explicit_bucket_boundaries_advisory=SECONDS,
)
_lateness = _meter.create_histogram(
    names.LATENESS,
    "s",
    "From a slot to the start of an attempt.",
    explicit_bucket_boundaries_advisory=SECONDS,
)


def listen() -> None:
    """Begin."""
    around.attempt.put(_counted)
    signals.trigger_answered.connect_ours(_answered)
    signals.attempt_started.connect_ours(_started)
    signals.attempt_finished.connect_ours(_finished)


def ignore() -> None:
    """Stop."""
    around.attempt.take_away(_counted)
    signals.trigger_answered.disconnect_ours(_answered)
    signals.attempt_started.disconnect_ours(_started)
    signals.attempt_finished.disconnect_ours(_finished)


@contextmanager
def _counted(lease: Lease) -> Iterator[None]:
    about = {names.JOB: names.declared(lease.job_name)}
    _active.add(1, about)
    try:
        yield
    finally:
        _active.add(-1, about)


def _answered(**event: Any) -> None:
    told = {names.OUTCOME: str(event["outcome"]), names.TRIGGER: event["trigger"]}
    _triggers.add(1, {names.JOB: names.declared(event["job"]), **told})


def _started(**event: Any) -> None:
    job = registry.find(event["job"])
    if job is not None and job.schedule is not None:  # without a schedule a slot is no time
        late = (event["started_at"] - event["run_date"]).total_seconds()
        _lateness.record(max(late, 0), {names.JOB: job.name})


def _finished(**event: Any) -> None:
    about = {names.JOB: names.declared(event["job"]), names.STATE: event["state"]}
    if event["reason"]:
        about[names.REASON] = event["reason"]
    _attempts.add(1, about)
    if event["started_at"] is not None and event["finished_at"] is not None:
        _duration.record(max((event["finished_at"] - event["started_at"]).total_seconds(), 0), about)
