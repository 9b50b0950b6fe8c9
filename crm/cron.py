"""What django-crontab calls, as CRONJOBS in crm/settings.py says. The jobs themselves are in crm/jobs.py."""

from __future__ import annotations

from django.core.management.base import CommandError

from jobs_api import trigger


def log_crm_heartbeat() -> None:
    """A sign of life, once for each five minutes."""
    _trigger("log_heartbeat")


def update_low_stock() -> None:
    """Restock, once for each half day."""
    _trigger("update_low_stock")


def _trigger(job: str) -> None:
    """django-crontab logs what is raised, and always exits with 0."""
    result = trigger(job, source="django-crontab")
    if not result.ok:
        raise CommandError(f"{job}: {result.outcome}. {result.detail}")
