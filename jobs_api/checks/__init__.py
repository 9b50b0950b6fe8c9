"""System checks: report errors in the declarations and the settings, each with id and hint."""

from __future__ import annotations

from django.core import checks

from jobs_api.checks.alerts import check_alerts
from jobs_api.checks.check_ins import check_check_ins
from jobs_api.checks.dashboard import check_dashboard
from jobs_api.checks.databases import check_postgresql, check_sqlite
from jobs_api.checks.declarations import check_declarations
from jobs_api.checks.deployment import check_deployment
from jobs_api.checks.executors import check_executors
from jobs_api.checks.middleware import check_middleware
from jobs_api.checks.servers import check_servers
from jobs_api.checks.settings import check_settings
from jobs_api.checks.tenants import check_tenants
from jobs_api.checks.tracing import check_tracing


def register() -> None:
    """Register the checks with Django."""
    checks.register(check_declarations, "jobs_api")
    checks.register(check_settings, "jobs_api")
    checks.register(check_tenants, "jobs_api")
    checks.register(check_executors, "jobs_api")
    checks.register(check_tracing, "jobs_api")
    checks.register(check_servers, "jobs_api")
    checks.register(check_alerts, "jobs_api")
    checks.register(check_check_ins, "jobs_api")
    checks.register(check_dashboard, "jobs_api")
    checks.register(check_sqlite, "jobs_api", deploy=True)
    checks.register(check_postgresql, "jobs_api", deploy=True)
    checks.register(check_deployment, "jobs_api", deploy=True)
    checks.register(check_middleware, "jobs_api", deploy=True)
