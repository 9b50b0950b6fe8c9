"""The names of spans, metrics and their attributes; docs/tracing.md lists them.

OpenTelemetry has no conventions for scheduled jobs: those for functions, messages and pipelines describe
other things. So the names are our own, below `jobs_api.`, but for `error.type`, which all conventions share.
"""

from __future__ import annotations

from jobs_api import registry

TRACER = "jobs_api"

TRIGGER_SPAN, ATTEMPT_SPAN = "jobs_api.trigger", "jobs_api.run"
"""The job's name follows."""

JOB, RUN, RUN_DATE, ATTEMPT = "jobs_api.job", "jobs_api.run.id", "jobs_api.run_date", "jobs_api.attempt"
TRIGGER, SOURCE, ACTOR = "jobs_api.trigger", "jobs_api.source", "jobs_api.actor"
OUTCOME, STATE, REASON = "jobs_api.outcome", "jobs_api.state", "jobs_api.reason"
CLOSED_BY, ERROR_TYPE = "jobs_api.closed_by", "error.type"

TRIGGERS, ATTEMPTS, ACTIVE = "jobs_api.triggers", "jobs_api.attempts", "jobs_api.active_attempts"
DURATION, LATENESS = "jobs_api.attempt.duration", "jobs_api.attempt.lateness"

UNKNOWN = "_unknown"
"""Stands for a job that is not declared any more: so a metric has no more values than there are jobs."""
LEASE_LOST = "lease_lost"


def declared(job_name: str) -> str:
    """The job as a metric names it."""
    return UNKNOWN if registry.find(job_name) is None else job_name
