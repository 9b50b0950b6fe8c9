"""The app: when all apps are ready, it reads the jobs that they declare. It starts nothing."""

from __future__ import annotations

from django.apps import AppConfig
from django.db import DatabaseError
from django.db.models.signals import post_migrate


class JobsApiConfig(AppConfig):
    """jobs_api in INSTALLED_APPS."""

    name = "jobs_api"
    verbose_name = "Jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Find the jobs and register the checks."""
        from jobs_api import checks, executors
        from jobs_api.checks import servers
        from jobs_api.registry import discovery

        checks.register()
        discovery.load(executors.fault)
        servers.warn()
        post_migrate.connect(_know_the_jobs, sender=self)
        _listen()


def _listen() -> None:
    """Connect the waiters, the counts and the log to what happens; the senders do not know them."""
    from jobs_api import conf
    from jobs_api.alerts import background
    from jobs_api.execution.waiting import waiters
    from jobs_api.history import background as history
    from jobs_api.monitoring import attempt_counts, job_totals, trigger_counts
    from jobs_api.runs import attempt_log, events, transition_log
    from jobs_api.signals import attempt_finished, run_cancelled, run_expired

    attempt_finished.connect_ours(waiters.wake)
    attempt_finished.connect_ours(attempt_log.finished)
    attempt_finished.connect_ours(background.happened)
    trigger_counts.after_writing(background.happened)
    for ended in (attempt_finished, run_cancelled, run_expired):
        ended.connect_ours(history.changed)
    trigger_counts.after_writing(history.called)
    events.count_with(trigger_counts.answered)
    transition_log.listen()
    if conf.config().check_ins:  # without them, not even their modules are loaded
        from jobs_api.check_ins import listening

        listening.connect()
    if job_totals.is_wanted():
        job_totals.switch.on = True
        attempt_finished.connect_ours(attempt_counts.finished)
    if conf.config().opentelemetry:
        from jobs_api import tracing

        tracing.start_if_installed()


def _know_the_jobs(using: str, plan: object = None, **_: object) -> None:
    """Record the jobs when a deploy migrates the database: from then on their slots can be missed."""
    if plan is None:  # `flush` also sends this signal, and must leave the tables empty
        return
    from jobs_api import database
    from jobs_api.runs import job_state

    # After `migrate another_app` on a new database our tables do not exist yet.
    if using != database.alias() or database.unsupported() or not database.is_migrated():
        return
    try:
        job_state.know_all(at=database.now())
    except DatabaseError as error:
        # A router of the host may keep our tables out of a schema; Django notes the migrations all the same.
        if not database.lacks_tables(error):
            raise
