"""Timeline: all jobs as bars over a night or a week."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from jobs_api import registry
from jobs_api.dashboard import query
from jobs_api.dashboard.access import page
from jobs_api.dashboard.plots.timeline import asked, choices, table
from jobs_api.dashboard.plots.timeline.choices import Choices
from jobs_api.dashboard.plots.timeline.page import choose, timeline
from jobs_api.dashboard.plots.timeline.titles import title
from jobs_api.dashboard.plots.timeline.window import RANGES, Window
from jobs_api.dashboard.rendering import render
from jobs_api.dashboard.viewer import viewer_of


@page
def show(request: HttpRequest) -> HttpResponse:
    """The page. A time without a zone becomes one that means the same to whoever is sent the address."""
    viewer = viewer_of(request)
    window = asked.of(request.GET, viewer.at, viewer.zone)
    if asked.is_local(request.GET) and not window.fault:
        return HttpResponseRedirect(query.changed(request.GET, window.address))
    wanted = Choices.of(request.GET)
    chosen = choose(registry.jobs(), wanted, window)
    shown = timeline(chosen, wanted, window)
    context = {
        "title": title(window),
        "timeline": shown,
        "choices": wanted,
        "parts": list(table.table(shown, chosen.read)) if wanted.is_table else (),
        "runs": reverse("jobs_dashboard:runs"),
        **_controls(request, window),
    }
    return render(request, "timeline.html", context)


def _controls(request: HttpRequest, window: Window) -> dict[str, Any]:
    """Where the buttons lead, and what the fields offer."""

    def to(changes: dict[str, str]) -> str:
        return query.changed(request.GET, {**changes, "page": ""})

    jobs = registry.jobs()
    return {
        "ranges": [(key, word, to({"range": key, "from": "", "to": ""})) for key, word in RANGES.items()],
        "earlier": to(window.earlier().address),
        "later": to(window.later().address),
        "now": to({"from": "", "to": ""}),
        "nearer": to(window.zoomed(0.5).address) if window.can_shrink else "",
        "further": to(window.zoomed(2).address) if window.can_grow else "",
        "groupings": choices.GROUPINGS.items(),
        "tags": choices.tags(jobs),
        "owners": choices.owners(jobs),
        "declared": len(jobs),
    }
