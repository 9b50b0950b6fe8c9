"""Our tables in Django's admin: to look at, and to order what the API orders.

Django imports this where `django.contrib.admin` is installed. A project with a site of its own, which is not
the default one, calls `register(site)` in a module that is loaded with its apps. See docs/admin.md.
"""

from __future__ import annotations

from django.contrib import admin
from django.contrib.admin import AdminSite
from django.db.models import Model

from jobs_api.admin import onward
from jobs_api.admin.base import ShowingAdmin
from jobs_api.admin.incidents import AlertMuteAdmin, IncidentAdmin
from jobs_api.admin.pauses import JobPauseAdmin
from jobs_api.admin.runs import JobAttemptAdmin, JobRunAdmin
from jobs_api.admin.tokens import TokenAdmin
from jobs_api.admin.trail import AuditEntryAdmin
from jobs_api.models import AlertMute, AuditEntry, Incident, JobAttempt, JobPause, JobRun, Token

PAGES: dict[type[Model], type[ShowingAdmin]] = {
    JobRun: JobRunAdmin,
    JobAttempt: JobAttemptAdmin,
    JobPause: JobPauseAdmin,
    Incident: IncidentAdmin,
    AlertMute: AlertMuteAdmin,
    AuditEntry: AuditEntryAdmin,
    Token: TokenAdmin,
}
"""The tables that have pages."""


def register(site: AdminSite) -> None:
    """Add our pages to a site; a table that the project has registered there itself keeps that page.

    "View site" leads to the dashboard, unless the project has a page at "/", or has set another address.
    """
    for model, page in PAGES.items():
        if not site.is_registered(model):
            site.register(model, page)
    onward.lead(site)


register(admin.site)
