"""A run: what went wrong first, where the time went, what it has written, and who asked for it."""

from __future__ import annotations

import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from jobs_api.dashboard.access import found_or_404, page
from jobs_api.dashboard.output.streaming import EMPTY, Stream, stream
from jobs_api.dashboard.rendering import MAIN, is_part, render
from jobs_api.dashboard.run_page import page as pages
from jobs_api.dashboard.run_page import reading
from jobs_api.dashboard.viewer import viewer_of
from jobs_api.models import JobRun
from jobs_api.monitoring.run_report import RunReport, output, outputs
from jobs_api.runs.output import Parts, rest
from jobs_api.text.numbers import LONGEST, whole

NOTHING: Parts = (b"", b"", 0)
LAST = 10**9
"""The greatest number of an attempt that an address may name."""


@page
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """The page; a refresh has all but the output, which is followed by itself."""
    viewer, run = viewer_of(request), _found(pk)
    chosen = whole(request.GET.get("attempt", ""), LAST)
    read = reading.read(run, viewer.at, chosen or 0)
    if chosen is not None and read.attempt(chosen) is None:
        raise Http404(_no_attempt(run, chosen))
    number = run.attempt if chosen is None else chosen
    is_whole = not is_part(request, MAIN)
    wanted = pages.wanted(read, chosen)
    found = outputs(run, sorted({*wanted, *([number] if is_whole and number else [])}))
    shown = pages.made(read, viewer, chosen, wanted, found)
    context = {
        "page": shown,
        "number": number,
        "follows": chosen is None,
        "stream": _stream(shown, number, found) if is_whole else None,
        "here": request.build_absolute_uri(reverse("jobs_dashboard:run", args=[run.pk])),
        "rev": rev(run),
    }
    return render(request, "run.html", context)


def _found(pk: int) -> JobRun:
    why = _("There is no run %(number)s. Runs are deleted after some time: see the retention of runs.")
    run: JobRun = found_or_404(reading.find(pk), why % {"number": str(pk)[:30]})
    return run


def _no_attempt(run: JobRun, number: int) -> str:
    names = {"run": run.pk, "number": number, "last": run.attempt}
    if not run.attempt:
        return _("No attempt of run %(run)s has begun.") % names
    return _("Run %(run)s has no attempt %(number)s: the newest one is %(last)s.") % names


def _stream(shown: pages.RunPage, number: int, found: dict[int, Parts]) -> Stream:
    live = shown.is_newest and shown.reading.report.in_flight
    return stream(found[number], complete=not live) if number in found else EMPTY


def rev(run: JobRun) -> str:
    """What changes when the page of a run does."""
    report = RunReport.of(run)
    return f"{report.outcome}/{run.attempt}/{run.progress_done}/{report.cancel_requested_at is not None}"


@page
def follow(request: HttpRequest, pk: int) -> HttpResponse:
    """What an attempt has written since: HTML of its lines, and where to go on."""
    run, query = _found(pk), request.GET
    newest = RunReport.of(run)
    number = whole(query.get("attempt", ""), LAST)
    number = run.attempt if number is None else number
    complete = number != run.attempt or not newest.in_flight
    told: dict[str, Any] = {
        "attempt": number,
        "newest": run.attempt,
        "complete": complete,
        "live": newest.in_flight,
        "rev": rev(run),
    }
    offset, size = (whole(query.get(name, ""), LONGEST) or 0 for name in ("from", "size"))
    if complete or size != run.output_size:
        told |= _news(run, number, offset, query.get("style", ""), complete=complete)
    return JsonResponse(told)


def _news(run: JobRun, number: int, offset: int, style: str, *, complete: bool) -> dict[str, Any]:
    parts = output(run, number) if number else NOTHING
    found = stream(found_or_404(parts, _no_attempt(run, number)), offset, style, complete=complete)
    blocks = [{"gap": each.gap, "dropped": each.dropped, "html": each.html} for each in found.blocks]
    news = {name: getattr(found, name) for name in ("next", "style", "size", "length", "has_times")}
    return {"blocks": blocks, "open": found.open, **news}


@page
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """All that is kept of what an attempt has written, as it was written."""
    run = _found(pk)
    number = whole(request.GET.get("attempt", ""), LAST)
    number = run.attempt if number is None else number
    parts = found_or_404(output(run, number), _no_attempt(run, number))
    name = f"{re.sub(r'[^A-Za-z0-9_-]', '_', run.job_name)}-run-{run.pk}-attempt-{number}.txt"
    return HttpResponse(
        rest(parts, 0),
        content_type="text/plain; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        },
    )
