"""The front page: whether the night went well, who calls, all jobs, the trouble first; and all sources."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from jobs_api.dashboard.access import page
from jobs_api.dashboard.overview.callers import callers, panel
from jobs_api.dashboard.overview.faults import faults
from jobs_api.dashboard.overview.filtering import GROUPS, Filter, Found, find
from jobs_api.dashboard.overview.first_steps import first_steps
from jobs_api.dashboard.overview.headline import headline
from jobs_api.dashboard.overview.reading import Everything, everything, past
from jobs_api.dashboard.overview.rows import rows
from jobs_api.dashboard.overview.wording import CHIPS, LEGEND, SORTED
from jobs_api.dashboard.plots.ribbon import ribbon
from jobs_api.dashboard.query import changed
from jobs_api.dashboard.rendering import render
from jobs_api.dashboard.viewer import Viewer, viewer_of

OURS = ("q", "show", "tag", "owner", "sort", "page", "all", "tz")
"""The names in an address that mean something here; the others are dropped from links."""


@page
def show(request: HttpRequest) -> HttpResponse:
    """The overview; the first steps where nothing has run yet."""
    viewer = viewer_of(request)
    known = everything(viewer.at, viewer.zone)
    wrong = faults(known.reports, [day.report for day in known.sources], viewer.at, viewer.zone)
    shared = {"faults": wrong, "open_alerts": len(known.incidents), "everything": known}
    if known.nothing_ran and "all" not in request.GET:
        return render(request, "first_steps.html", {**shared, "steps": first_steps(request, known.lines)})
    return render(request, "overview.html", {**shared, **_context(request, viewer, known, wrong=bool(wrong))})


def _context(request: HttpRequest, viewer: Viewer, known: Everything, *, wrong: bool) -> dict[str, Any]:
    chosen = Filter.of(request.GET)
    found = find(known.lines, chosen)
    about = past(found.shown, viewer.at)
    may = viewer.may_operate
    made = rows(
        found.shown,
        about,
        known.incidents,
        viewer.at,
        viewer.zone,
        may_operate=may,
        tagged=lambda tag: request.path + changed(request.GET, {"tag": tag, "page": None}),
    )
    return {
        "headline": headline(known.night, known.lines, known.sources, viewer.at, viewer.zone, faults=wrong),
        "ribbon": ribbon(known.night, viewer.at, viewer.zone),
        "panel": panel(callers(known.sources, known.incidents, viewer.at)),
        "filter": chosen,
        "found": found,
        "groups": _groups(made, chosen, found),
        "chips": [
            (name, CHIPS[name], found.counts[name]) for name in GROUPS if _has_chip(name, chosen, found)
        ],
        "sorts": SORTED,
        "legend": LEGEND,
        "tags": sorted({tag for line in known.lines for tag in line.report.job.tags}),
        "owners": sorted({line.report.job.owner for line in known.lines} - {""}),
        "address": _address(request),
        "link": request.path + changed(request.GET, {**_unknown(request), "tz": str(viewer.zone)}),
    }


def _has_chip(name: str, chosen: Filter, found: Found) -> bool:
    """All have one but the jobs that have not run yet: on most days there are none."""
    return name != "not_run" or chosen.group == name or found.counts[name] > 0


def _groups(made: list[Any], chosen: Filter, found: Found) -> list[dict[str, Any]]:
    """The two bodies of the table; one where another order than "trouble first" is chosen."""
    if chosen.sort != "trouble":
        return [{"name": "all", "rows": made, "count": len(found.lines)}]
    trouble = sum(line.trouble for line in found.lines)
    parts = (
        {"name": "trouble", "rows": [row for row in made if row.line.trouble], "count": trouble},
        {
            "name": "rest",
            "rows": [row for row in made if not row.line.trouble],
            "count": len(found.lines) - trouble,
        },
    )
    return [part for part in parts if part["rows"]]


def _address(request: HttpRequest) -> str:
    """The query without what says nothing: a form sends its empty fields, too."""
    kept = changed(request.GET, {**_unknown(request), **_empty(request)})
    return kept if kept != "?" else ""


def _unknown(request: HttpRequest) -> dict[str, None]:
    return {name: None for name in request.GET if name not in OURS}


def _empty(request: HttpRequest) -> dict[str, None]:
    usual = {"show": "all", "sort": "trouble", "page": "1"}
    return {
        name: None for name in OURS if name in request.GET and request.GET[name] in ("", usual.get(name, ""))
    }


@page
def sources(request: HttpRequest) -> HttpResponse:
    """All sources, and what each of them calls."""
    from jobs_api.alerts import readers
    from jobs_api.history.source_hours import source_days

    viewer = viewer_of(request)
    found = callers(source_days(viewer.at), readers.incidents(open=True).rows, viewer.at)
    return render(request, "sources.html", {"callers": found, "back": reverse("jobs_dashboard:overview")})
