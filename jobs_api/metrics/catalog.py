"""All metrics: names, types, labels and help. docs/metrics.md says more of each.

The label is `job_name`: Prometheus itself gives every series a label `job`, which would take its place.
"""

from __future__ import annotations

from typing import NamedTuple


class Metric(NamedTuple):
    """One metric."""

    name: str
    """As it is queried; a histogram adds `_bucket`, `_sum` and `_count`."""
    kind: str
    """ "gauge", "counter", "histogram" or "info"."""
    labels: tuple[str, ...]
    help: str


JOB = ("job_name",)

METRICS = (
    Metric("jobs_api_build_info", "info", ("version", "django"), "The version that answers."),
    Metric(
        "jobs_api_database_reachable",
        "gauge",
        (),
        "1, or 0 if the database could not be read; then this is all.",
    ),
    Metric(
        "jobs_api_job_info",
        "info",
        (*JOB, "schedule", "timezone", "owner"),
        "A declared job.",
    ),
    Metric(
        "jobs_api_job_health",
        "gauge",
        (*JOB, "health"),
        "1 for the health that the job has: ok, paused, missed, overdue or failing; 0 for the others.",
    ),
    Metric(
        "jobs_api_job_paused", "gauge", JOB, "1 if the job is paused; it may be overdue at the same time."
    ),
    Metric(
        "jobs_api_job_next_slot_timestamp_seconds", "gauge", JOB, "The next slot of a job with a schedule."
    ),
    Metric(
        "jobs_api_job_missed_slot_timestamp_seconds",
        "gauge",
        JOB,
        "The newest slot that should have a run and has none; absent where none is missed.",
    ),
    Metric("jobs_api_job_last_run_slot_timestamp_seconds", "gauge", JOB, "The slot of the newest run."),
    Metric(
        "jobs_api_job_last_run_start_timestamp_seconds",
        "gauge",
        JOB,
        "When the newest attempt of the newest run began.",
    ),
    Metric(
        "jobs_api_job_last_run_end_timestamp_seconds",
        "gauge",
        JOB,
        "When it ended; absent while it runs.",
    ),
    Metric(
        "jobs_api_job_last_success_slot_timestamp_seconds",
        "gauge",
        JOB,
        "The newest slot that has succeeded.",
    ),
    Metric("jobs_api_job_last_success_timestamp_seconds", "gauge", JOB, "When that run ended."),
    Metric("jobs_api_job_last_success_duration_seconds", "gauge", JOB, "How long it took."),
    Metric("jobs_api_job_runs_in_flight", "gauge", JOB, "Runs that an attempt holds: claimed or running."),
    Metric("jobs_api_job_runs_queued", "gauge", JOB, "Runs that wait to be started."),
    Metric(
        "jobs_api_attempts_total", "counter", (*JOB, "state", "reason"), "Attempts that have ended, and how."
    ),
    Metric(
        "jobs_api_attempt_duration_seconds", "histogram", JOB, "How long attempts took, from start to end."
    ),
    Metric(
        "jobs_api_start_lateness_seconds",
        "histogram",
        JOB,
        "How long after its slot the first attempt began; without backfills and reruns.",
    ),
    Metric(
        "jobs_api_triggers_total",
        "counter",
        (*JOB, "source", "outcome"),
        "Triggers that were answered, and how.",
    ),
    Metric(
        "jobs_api_trigger_duration_seconds",
        "histogram",
        JOB,
        "How long triggers that started an attempt took until they were answered.",
    ),
    Metric(
        "jobs_api_counters_written_timestamp_seconds",
        "gauge",
        (),
        "When the counters and histograms of any job were last written.",
    ),
    Metric("jobs_api_source_last_call_timestamp_seconds", "gauge", ("source",), "When a source last called."),
    Metric(
        "jobs_api_source_silent",
        "gauge",
        ("source",),
        "1 if a source that used to call, or to call for some job, does not any more.",
    ),
    Metric("jobs_api_run_due_last_call_timestamp_seconds", "gauge", (), "When run-due was last called."),
    Metric(
        "jobs_api_incidents_open", "gauge", ("kind",), "Incidents that are not over; absent where none is."
    ),
    Metric(
        "jobs_api_alert_messages_undelivered",
        "gauge",
        ("channel",),
        "Alert messages that wait to be sent, or to be tried again; absent where none does.",
    ),
    Metric(
        "jobs_api_alert_oldest_undelivered_timestamp_seconds",
        "gauge",
        ("channel",),
        "Since when the oldest of them waits.",
    ),
)
CATALOG = {metric.name: metric for metric in METRICS}
