"""From the admin to the dashboard, where the host has mounted it: by the names of its addresses only."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.functional import lazy
from django.utils.translation import get_language

from jobs_api.models import AlertMute, AuditEntry, Incident, JobAttempt, JobPause, JobRun

VIEW, AUDIT = "jobs_api.view_jobrun", "jobs_api.view_auditentry"
LISTS = {JobRun: "runs", JobPause: "overview", Incident: "alerts", AlertMute: "alerts", AuditEntry: "audit"}
"""The page of the dashboard that shows the rows of a table."""
HOME = "/"
"""Where "View site" leads if nobody has said anything."""


def page(name: str, *args: object) -> str:
    """The address of a page of the dashboard; "" where there is none."""
    try:
        return reverse(f"jobs_dashboard:{name}", args=args)
    except NoReverseMatch:
        return ""


def list_of(model: type[Any]) -> str:
    """The page that shows a table; "" where there is none."""
    return page(LISTS[model]) if model in LISTS else ""


def page_of(row: Any) -> str | None:
    """The page that shows a row, as Django's `view_on_site` wants it; None where there is none."""
    return _page_of(row) or None


def _page_of(row: Any) -> str:
    if isinstance(row, JobRun):
        return page("run", row.pk)
    if isinstance(row, Incident):
        return page("incident", row.pk)
    if isinstance(row, JobAttempt | AuditEntry):
        run = row.run_id if isinstance(row, JobAttempt) else row.run
        if run is not None:
            return page("run", run)
    if isinstance(row, JobPause | AuditEntry) and row.job_name:
        return page("job", row.job_name)
    return list_of(type(row))


def may_open(request: HttpRequest, address: str | None) -> bool:
    """Whether somebody may see a page: who may not is shown no link."""
    needed = [VIEW, *([AUDIT] if address and address == page("audit") else [])]
    return bool(address) and request.user.has_perms(needed)


def site_of(request: HttpRequest, site: AdminSite) -> dict[str, str]:
    """Where "View site" leads from our pages: to the dashboard, unless the host has set an address itself."""
    overview = page("overview")
    leads = site.site_url in (HOME, overview) and may_open(request, overview)
    return {"site_url": overview} if leads else {}


def lead(site: AdminSite) -> None:
    """Let "View site" lead to the dashboard on the other pages, too, where the host has no page at "/".

    A host that sets `site_url` itself, in its class or on the site, before or after this, keeps its own.
    """
    if isinstance(getattr(site.__class__, "site_url", None), str) and site.site_url == HOME:
        site.site_url = lazy(_home, str)()


def _home() -> str:
    return (
        HOME
        if _leads_somewhere(HOME) or _leads_somewhere(f"/{get_language()}/")
        else page("overview") or HOME
    )


def _leads_somewhere(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True
