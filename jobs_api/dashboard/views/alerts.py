"""Alerts: what is open and what is over, and one incident."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from jobs_api.alerts import readers
from jobs_api.dashboard.access import found_or_404, page
from jobs_api.dashboard.lists import alert_pages, incident_page
from jobs_api.dashboard.rendering import render
from jobs_api.dashboard.viewer import viewer_of
from jobs_api.text.numbers import LARGEST_ID


@page
def show(request: HttpRequest) -> HttpResponse:
    """The list, the channels and the mutes."""
    return render(request, "alerts.html", {"page": alert_pages.page(request.GET, viewer_of(request))})


@page
def incident(request: HttpRequest, pk: int) -> HttpResponse:
    """One incident."""
    found = readers.find(pk) if pk <= LARGEST_ID else None
    shown = found_or_404(
        found, _("There is no incident of this id: those that are over are deleted in time.")
    )
    return render(request, "incident.html", {"page": incident_page.page(shown, viewer_of(request))})
