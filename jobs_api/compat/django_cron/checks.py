"""System checks: what of the classes and settings of django-cron has no effect, or another one."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core import checks

IGNORED = {
    "DJANGO_CRON_LOCK_BACKEND": "leases and constraints of the database keep a slot to one run",
    "DJANGO_CRON_CACHE": "no cache is used for locks",
    "DJANGO_CRON_LOCKFILE_PATH": "no file is used for locks",
    "DJANGO_CRON_DELETE_LOGS_OLDER_THAN": 'JOBS_API["RETENTION_DAYS"] says how long runs are kept',
    "DJANGO_CRON_OUTPUT_ERRORS": "the logger jobs_api.run gets each failed run, with its traceback",
    "DJANGO_CRON_SEND_IMMEDIATE_ERROR_EMAIL": "FailedRunsNotificationCronJob sends mail",
    "REMOVE_SUCCESSFUL_CRON_LOGS": 'JOBS_API["RETENTION_DAYS"] says how long runs are kept',
}
"""Settings without effect, and what there is instead."""


def check_settings(**_: Any) -> list[checks.CheckMessage]:
    """Name the settings of django-cron that have no effect."""
    return [
        checks.Info(f"{name} has no effect: {instead}.", hint="Remove it.", id="jobs_api.I060")
        for name, instead in IGNORED.items()
        if hasattr(settings, name)
    ]


def check_installed(**_: Any) -> list[checks.CheckMessage]:
    """jobs_api must be there, too: it reads the classes, and holds the tables."""
    if apps.is_installed("jobs_api"):
        return []
    text = "jobs_api.compat.django_cron is in INSTALLED_APPS, but jobs_api is not."
    return [checks.Error(text, hint='Add "jobs_api".', id="jobs_api.E062")]


def check_classes(**_: Any) -> list[checks.CheckMessage]:
    """Name the classes that run-due and other callers cannot start, and those that never run."""
    from jobs_api.compat.django_cron.classes import find

    messages: list[checks.CheckMessage] = []
    for cron in find()[0]:
        for job, part in cron.parts:
            if part.line is None:
                messages.append(_only_runcrons(cron.path, job.name) if part.counted else _never(cron.path))
    return messages


def _only_runcrons(path: str, name: str) -> checks.CheckMessage:
    text = (
        f"{path}: no cron line says when it is due, so that only `manage.py runcrons` starts it, not run-due."
    )
    hint = "Keep the crontab line of runcrons. Or choose an interval that divides a day, such as 60 or 90."
    return checks.Info(text, hint=hint, obj=name, id="jobs_api.I061")


def _never(path: str) -> checks.CheckMessage:
    text = f"{path}: its schedule names no time, so that it only runs on demand, as in django-cron."
    hint = 'Add run_at_times=["0:00"] to it.'
    return checks.Warning(text, hint=hint, id="jobs_api.W060")
