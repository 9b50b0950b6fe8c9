"""The app."""

from django.apps import AppConfig


class CrmConfig(AppConfig):
    """crm in INSTALLED_APPS."""

    name = "crm"
    verbose_name = "CRM"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks."""
        from crm import checks

        checks.register()
