"""Go to a job or a run: its name or id leads there, and a part of a name to a choice."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from jobs_api import database, registry
from jobs_api.dashboard.access import page
from jobs_api.dashboard.lists import choosing
from jobs_api.dashboard.query import text
from jobs_api.dashboard.rendering import render
from jobs_api.text.numbers import LARGEST_ID, whole

LISTED = 50
"""So many jobs are offered."""
SUGGESTED = 20


@page
def show(request: HttpRequest) -> HttpResponse:
    """Lead there, or offer what may be meant: at most one statement."""
    wanted = text(request.GET, "q").lstrip("#").strip()
    if registry.find(wanted) is not None:
        return HttpResponseRedirect(reverse("jobs_dashboard:job", args=[wanted]))
    number = whole(wanted, LARGEST_ID)
    if number is not None and database.rows().filter(pk=number).exists():
        return HttpResponseRedirect(reverse("jobs_dashboard:run", args=[number]))
    found = choosing.matching(wanted, registry.jobs()) if wanted else []
    if len(found) == 1:
        return HttpResponseRedirect(reverse("jobs_dashboard:job", args=[found[0].name]))
    gone = bool(wanted) and number is None and not found and _has_runs(wanted)
    context = {"wanted": wanted, "number": number, "found": found[:LISTED], "gone": gone}
    return render(request, "finding.html", {**context, "more": max(len(found) - LISTED, 0)})


def _has_runs(name: str) -> bool:
    """Whether a job of this name, which is not declared any more, has runs."""
    return database.rows().filter(job_name=name).exists()


@page
def names(request: HttpRequest) -> HttpResponse:
    """The names that a field suggests, for what is typed so far; no statement of its own."""
    wanted = text(request.GET, "q") or text(request.GET, "job")
    found = choosing.matching(wanted, registry.jobs())[:SUGGESTED]
    return render(request, "lists/names.html", {"found": found})
