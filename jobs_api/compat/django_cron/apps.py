"""The app: it keeps the label of django-cron, whose tables stay as they are."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks


class DjangoCronConfig(AppConfig):
    """jobs_api.compat.django_cron in INSTALLED_APPS."""

    name = "jobs_api.compat.django_cron"
    label = "django_cron"
    verbose_name = "Cron classes"

    def ready(self) -> None:
        """Register the checks."""
        from jobs_api.compat.django_cron.checks import check_classes, check_installed, check_settings

        checks.register(check_installed, "jobs_api")
        checks.register(check_classes, "jobs_api")
        checks.register(check_settings, "jobs_api")
