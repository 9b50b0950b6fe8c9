"""All jobs' runs, newest first: filters, pages, a spreadsheet."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from jobs_api.dashboard.access import page
from jobs_api.dashboard.files import download
from jobs_api.dashboard.lists import run_controls, run_pages, run_sheet
from jobs_api.dashboard.lists.run_filter import RunFilter
from jobs_api.dashboard.rendering import render
from jobs_api.dashboard.viewer import viewer_of
from jobs_api.exceptions import BadInput


@page
def show(request: HttpRequest) -> HttpResponse:
    """A page of the list."""
    viewer = viewer_of(request)
    found = run_pages.page(request.GET, viewer)
    controls = run_controls.of(request.GET, found.wanted, viewer)
    nothing = _("No run matches.") if found.wanted.is_set else _("There are no runs yet.")
    context = {"page": found, "controls": controls, "nothing": nothing, "bulk_address": bulk_address()}
    return render(request, "runs.html", context)


@page
def sheet(request: HttpRequest) -> HttpResponse:
    """The runs that the filter means, as CSV."""
    viewer = viewer_of(request)
    wanted = RunFilter.of(request.GET, viewer)
    if wanted.errors:
        raise BadInput(" ".join(wanted.errors))
    lines = run_sheet.lines(wanted, viewer)
    return download(lines, f"runs-{viewer.local(viewer.at):%Y-%m-%d-%H%M}.csv")


def bulk_address() -> str:
    """Of the page of orders about many; "" where there is none."""
    try:
        return reverse("jobs_dashboard:bulk")
    except NoReverseMatch:
        return ""
