"""The app: reads what the others declare when all are ready. It starts nothing."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class JobsApiConfig(AppConfig):
    """jobs_api in INSTALLED_APPS."""

    name = "jobs_api"
    verbose_name = "Jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Find the jobs and register the checks."""
        from jobs_api import checks, executors
        from jobs_api.registry import discovery

        checks.register()
        discovery.load(executors.fault)
        post_migrate.connect(_know_the_jobs, sender=self)
        _listen()


def _listen() -> None:
    """Let what waits, counts and logs hear of what happens to runs: nothing below knows of it."""
    from jobs_api.execution.waiting import waiters
    from jobs_api.monitoring import trigger_counts
    from jobs_api.runs import attempt_log
    from jobs_api.signals import attempt_finished, trigger_answered

    attempt_finished.connect(waiters.wake)
    attempt_finished.connect(attempt_log.finished)
    trigger_answered.connect(trigger_counts.answered)


def _know_the_jobs(using: str, plan: object = None, **_: object) -> None:
    """A deploy that migrates is when a job becomes known, so that its first slot can be missed."""
    if plan is None:  # `flush` sends the signal too: it empties tables, and should leave them empty
        return
    from jobs_api import database
    from jobs_api.runs import job_state

    # `migrate another_app` on a new database comes before our tables are there.
    if using == database.alias() and database.is_migrated():
        job_state.know_all(at=database.now())
