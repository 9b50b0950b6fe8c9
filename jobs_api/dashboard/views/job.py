"""The page of a job: why it is red, its year, durations, lateness, policies, slots, and who calls it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from jobs_api import registry
from jobs_api.dashboard.access import found_or_404, page
from jobs_api.dashboard.files import download
from jobs_api.dashboard.job_page import calling, exporting, lines, reading, trouble
from jobs_api.dashboard.job_page.addresses import address
from jobs_api.dashboard.job_page.asked import RANGES, SINCE, Asked, asked
from jobs_api.dashboard.job_page.banner import Known
from jobs_api.dashboard.job_page.deeds import deed
from jobs_api.dashboard.job_page.policies import declared_in, policies
from jobs_api.dashboard.overview.lines import Line
from jobs_api.dashboard.plots.durations import durations, ranges, table
from jobs_api.dashboard.plots.heatmap import heatmap
from jobs_api.dashboard.plots.lateness import lateness
from jobs_api.dashboard.query import changed
from jobs_api.dashboard.rendering import render
from jobs_api.dashboard.viewer import Viewer, viewer_of
from jobs_api.history.days import Day
from jobs_api.history.durations import points
from jobs_api.monitoring.report import JobReport
from jobs_api.registry.job import Job
from jobs_api.text import one_line

DRAWN = 5000
"""So many runs the script loads."""
LONGEST_NAME = 100
OF_A_JOB = ("run", "pause", "resume", "backfill", "durations", "csv")
MARKS = (
    ("well", _lazy("all well")),
    ("late", _lazy("late")),
    ("failed", _lazy("failed")),
    ("missed", _lazy("missed")),
    ("paused", _lazy("paused")),
    ("none", _lazy("no slot")),
    ("unknown", _lazy("not known")),
    ("changes", _lazy("clocks change")),
)
"""What the days of a year may be like."""
ALWAYS = ("well", "late", "failed", "missed", "changes")
NOT_NAMED = _lazy("(not named)")


@page
def show(request: HttpRequest, name: str) -> HttpResponse:
    """The page."""
    viewer = viewer_of(request)
    job = reading.known(name)
    if job is None:
        return _unknown(request, name)
    wish = asked(request.GET, job, viewer.at)
    facts = reading.read(job, wish, viewer.at)
    return render(request, "job.html", _context(request, facts, wish, viewer))


def _context(request: HttpRequest, facts: reading.Facts, wish: Asked, viewer: Viewer) -> dict[str, Any]:
    job, report, at = facts.job, facts.report, viewer.at
    context = {
        "job": job,
        "zone": job.slots.timezone,
        "report": report,
        "asked": wish,
        "year": heatmap(facts.days),
        "lines": lines.lines(facts, viewer),
        "older": facts.listing.older,
        "chips": lines.chips(facts.days, wish),
        "since": SINCE,
        "ranges": RANGES,
        "points": len(facts.points),
        "rev": lines.revision(facts, at),
        "callers": calling.callers(job.name, facts.sources, facts.late, at),
        "deeds": [deed(entry, viewer) for entry in facts.deeds],
        "day_link": _day_link(request),
        "marks": _marks(facts.days),
        "not_named": NOT_NAMED,
        "addresses": _addresses(job),
        **_plots(facts, viewer),
    }
    return {**context, **_declared(request, facts, viewer)} if report is not None else context


def _declared(request: HttpRequest, facts: reading.Facts, viewer: Viewer) -> dict[str, Any]:
    """What only a job has that is declared."""
    job, report = facts.job, facts.report
    if report is None:
        return {}
    known = Known(report, facts.cells, facts.days, facts.differences, viewer)
    url = calling.url(request, job.name)
    return {
        "next_there": _there(report),
        "state": Line.of(report, viewer.at).state,
        "banners": trouble.banners(known),
        "policies": policies(job, viewer),
        "declared_in": declared_in(job),
        "curl": calling.curl(url) if url else "",
    }


def _day_link(request: HttpRequest) -> str:
    """The query that shows one day, up to its date: it is the same for each day of the year."""
    others = changed(request.GET, dict.fromkeys(("day", "show", "before", "since")))
    return f"{others}{'' if others == '?' else '&'}day="


def _marks(days: Sequence[Day]) -> list[tuple[str, object]]:
    """The legend of the year: what every year may have, and what this one has."""
    there = {day.worst for day in days}
    return [(mark, word) for mark, word in MARKS if mark in there or mark in ALWAYS]


def _there(report: JobReport) -> str:
    """The clock of the job's zone at its next slot."""
    return "" if report.next_run_date is None else report.next_run_date.strftime("%H:%M")


def _addresses(job: Job) -> dict[str, str]:
    """Of what the page links to."""
    own = {name: address(f"job_{name}", job.name) for name in OF_A_JOB}
    return {**own, "bulk": address("bulk"), "mute": address("alerts_mute"), "run_page": address("run", 0)}


def _plots(facts: reading.Facts, viewer: Viewer) -> dict[str, Any]:
    job = facts.job
    grace = None if job.schedule is None else job.grace_at(viewer.at).total_seconds()
    usual = ranges(facts.days, job.slots.timezone, facts.window[0])
    plot = durations(facts.points, usual, *facts.window, viewer.zone)
    return {
        "durations": plot,
        "table": table(plot.ranges),
        "lateness": lateness(facts.late, grace),
    }


@page
def drawn(request: HttpRequest, name: str) -> HttpResponse:
    """The durations as JSON, for the plot that zooms."""
    viewer = viewer_of(request)
    job: Job = found_or_404(reading.known(name), _no_job(name))
    (since, until), about = (
        asked(request.GET, job, viewer.at).window(viewer.at),
        reading.about(job, viewer.at),
    )
    runs = points(job, since, until, at=viewer.at, standing=about.standing, limit=DRAWN)
    plot = durations(runs, ranges(about.days, job.slots.timezone, since), since, until, viewer.zone)
    return JsonResponse(
        {
            "from": since.timestamp(),
            "to": until.timestamp(),
            "runs": [
                [dot.point.slot.timestamp(), round(dot.point.seconds, 3), dot.kind, dot.point.run]
                for dot in plot.dots
            ],
            "usual": [
                [each.day.timestamp(), *(round(value, 3) for value in each.usual.ends)]
                for each in plot.ranges
            ],
        }
    )


@page
def csv(request: HttpRequest, name: str) -> HttpResponse:
    """The slots of the filter, as a file."""
    viewer = viewer_of(request)
    job: Job = found_or_404(reading.known(name), _no_job(name))
    written = exporting.lines(reading.about(job, viewer.at), asked(request.GET, job, viewer.at))
    return download(written, f"{re.sub(r'[^A-Za-z0-9._-]', '_', job.name)}-slots.csv")


def _unknown(request: HttpRequest, name: str) -> HttpResponse:
    """A page that names what was looked for, and offers to search."""
    shown = one_line(name)[:LONGEST_NAME]
    near = get_close_matches(shown, [job.name for job in registry.jobs()], n=5, cutoff=0.5)
    return render(request, "job_unknown.html", {"name": shown, "near": near}, status=404)


def _no_job(name: str) -> str:
    return _("There is no job “%(name)s”.") % {"name": one_line(name)[:LONGEST_NAME]}
