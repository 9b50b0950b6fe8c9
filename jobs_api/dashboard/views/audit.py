"""The audit: who did what, from where, why, with what result. As in the admin, not every reader sees it."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from jobs_api.dashboard.access import audit_page
from jobs_api.dashboard.files import download
from jobs_api.dashboard.lists import audit_pages
from jobs_api.dashboard.lists.audit_pages import AuditFilter
from jobs_api.dashboard.rendering import render
from jobs_api.dashboard.viewer import viewer_of
from jobs_api.exceptions import BadInput


@audit_page
def show(request: HttpRequest) -> HttpResponse:
    """A page of the list."""
    found = audit_pages.page(request.GET, viewer_of(request))
    nothing = (
        _("No entry matches.") if found.active or found.wanted.errors else _("Nobody has done anything yet.")
    )
    return render(request, "audit.html", {"page": found, "nothing": nothing})


@audit_page
def sheet(request: HttpRequest) -> HttpResponse:
    """The entries that the filter means, as CSV."""
    return _file(request, audit_pages.sheet(_wanted(request)), "csv", "text/csv")


@audit_page
def lines(request: HttpRequest) -> HttpResponse:
    """The same as lines of JSON."""
    return _file(request, audit_pages.lines(_wanted(request)), "jsonl", "application/x-ndjson")


def _wanted(request: HttpRequest) -> AuditFilter:
    wanted = AuditFilter.of(request.GET, viewer_of(request))
    if wanted.errors:
        raise BadInput(" ".join(wanted.errors))
    return wanted


def _file(request: HttpRequest, parts: Iterator[str], ending: str, kind: str) -> HttpResponse:
    viewer = viewer_of(request)
    return download(parts, f"audit-{viewer.local(viewer.at):%Y-%m-%d-%H%M}.{ending}", kind)
