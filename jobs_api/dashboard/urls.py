"""The URLs of the dashboard: a host adds ``path("", include("jobs_api.dashboard.urls"))``.

Whoever looks for an address writes ``reverse("jobs_dashboard:run", args=[run.pk])``.
"""

from __future__ import annotations

from django.urls import include, path

from jobs_api.dashboard.views import (
    alert_actions,
    alerts,
    audit,
    backfill,
    bulk,
    finding,
    help,
    job,
    job_actions,
    overview,
    pauses,
    run,
    run_actions,
    runs,
    timeline,
)

app_name = "jobs_dashboard"
_MODULES = (
    overview,
    timeline,
    runs,
    run,
    run_actions,
    job,
    job_actions,
    pauses,
    backfill,
    alert_actions,
    alerts,
    audit,
    bulk,
    finding,
    help,
)
urlpatterns = [
    path("dashboard/", include([pattern for module in _MODULES for pattern in module.urlpatterns])),
]
