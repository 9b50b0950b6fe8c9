"""The URLs of the dashboard: a host adds ``path("", include("jobs_api.dashboard.urls"))``.

Whoever looks for an address writes ``reverse("jobs_dashboard:run", args=[run.pk])``.
"""

from __future__ import annotations

from django.urls import include, path

from jobs_api.dashboard.lazily import view

app_name = "jobs_dashboard"
_PAGES = [
    path("", view("overview.show"), name="overview"),
    path("sources/", view("overview.sources"), name="sources"),
    path("timeline/", view("timeline.show"), name="timeline"),
    path("find/", view("finding.show"), name="find"),
    path("find/names/", view("finding.names"), name="find_names"),
    path("help/", view("help.show"), name="help"),
    path("bulk/", view("bulk.order"), name="bulk"),
]
_RUNS = [
    path("runs/", view("runs.show"), name="runs"),
    path("runs.csv", view("runs.sheet"), name="runs_csv"),
    path("runs/<int:pk>/", view("run.show"), name="run"),
    path("runs/<int:pk>/output/", view("run.follow"), name="output"),
    path("runs/<int:pk>/output.txt", view("run.download"), name="download"),
    path("runs/<int:pk>/rerun/", view("run_actions.rerun"), name="run_rerun"),
    path("runs/<int:pk>/cancel/", view("run_actions.cancel"), name="run_cancel"),
]
_JOBS = [
    path("jobs/<str:name>/", view("job.show"), name="job"),
    path("jobs/<str:name>/durations.json", view("job.drawn"), name="job_durations"),
    path("jobs/<str:name>/slots.csv", view("job.csv"), name="job_csv"),
    path("jobs/<str:name>/run/", view("job_actions.run"), name="job_run"),
    path("jobs/<str:name>/slot/", view("job_actions.slot"), name="job_slot"),
    path("jobs/<str:name>/pause/", view("pauses.pause"), name="job_pause"),
    path("jobs/<str:name>/resume/", view("pauses.resume"), name="job_resume"),
    path("jobs/<str:name>/backfill/", view("backfill.order"), name="job_backfill"),
]
_ALERTS = [
    path("alerts/", view("alerts.show"), name="alerts"),
    path("alerts/<int:pk>/", view("alerts.incident"), name="incident"),
    path("alerts/<int:pk>/acknowledge/", view("alert_actions.acknowledge"), name="incident_acknowledge"),
    path("alerts/mute/", view("alert_actions.mute"), name="alerts_mute"),
    path("alerts/mutes/<int:pk>/end/", view("alert_actions.unmute"), name="alerts_unmute"),
]
_AUDIT = [
    path("audit/", view("audit.show"), name="audit"),
    path("audit.csv", view("audit.sheet"), name="audit_csv"),
    path("audit.jsonl", view("audit.lines"), name="audit_jsonl"),
]
urlpatterns = [path("dashboard/", include([*_PAGES, *_RUNS, *_JOBS, *_ALERTS, *_AUDIT]))]
