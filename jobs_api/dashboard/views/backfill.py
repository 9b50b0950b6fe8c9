"""Queue the past slots of a job that have no run: a preview first, which is made again when it is ordered."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import ngettext

from jobs_api.dashboard.access import action
from jobs_api.dashboard.forms.params import OptionsForm
from jobs_api.dashboard.forms.slots import BackfillForm
from jobs_api.dashboard.orders import filling
from jobs_api.dashboard.orders.filling import Preview
from jobs_api.dashboard.orders.told import Told
from jobs_api.dashboard.viewer import viewer_of
from jobs_api.dashboard.views import ordering
from jobs_api.exceptions import BadInput
from jobs_api.registry.job import Job
from jobs_api.runs.types import BACKFILL, Trigger
from jobs_api.triggers.backfill import BACKFILL_LIMIT, backfill

WALL = "%Y-%m-%dT%H:%M"


@action
def order(request: HttpRequest, name: str) -> HttpResponse:
    """Ask for the range, show what will become of each slot, and queue those without a run."""
    job, sent = ordering.declared(name), ordering.sent(request)
    form = BackfillForm(sent or _range(request, job), job=job)
    options = OptionsForm(sent, job)
    found = _preview(request, job, form)
    orders = sent is not None and not ordering.only_looks(request)
    changed = False
    if orders and found is not None and form.is_valid() & options.is_valid():
        changed = form.cleaned_data["shown"] != found.digest
        if not changed and found.queued:
            return _queue(request, found, form.cleaned_data["reason"], options.sent)
    lines: list[Any] = [] if found is None else found.lines
    whole = "all" in (request.POST.get("show"), request.GET.get("show"))
    context = {
        "job": job,
        "form": form,
        "options": options,
        "preview": found,
        "lines": lines if whole else lines[: filling.FEW],
        "rest": 0 if whole else max(len(lines) - filling.FEW, 0),
        "looks": sent is None and "start" in request.GET,
        "changed": changed,
        "limit": BACKFILL_LIMIT,
        "page": reverse("jobs_dashboard:job", args=[job.name]),
    }
    return ordering.ask(request, "backfill.html", context, refused=orders)


def _range(request: HttpRequest, job: Job) -> dict[str, str]:
    """The range that the address names, or the usual one."""
    start, end = filling.usual_range(job, viewer_of(request).at)
    usual = {"start": start.strftime(WALL), "end": end.strftime(WALL)}
    return {**usual, **(ordering.looked(request, "start", "end") or {})}


def _preview(request: HttpRequest, job: Job, form: BackfillForm) -> Preview | None:
    """None where the form says why there is none."""
    form.full_clean()
    data = form.cleaned_data
    if "start" not in data or "end" not in data:
        return None
    try:
        return filling.preview(job, data["start"], data["end"], at=viewer_of(request).at)
    except BadInput as error:
        form.refuse(error.detail)
        return None


def _queue(request: HttpRequest, found: Preview, reason: str, options: dict[str, Any]) -> HttpResponse:
    viewer, job = viewer_of(request), found.plan.job
    backfill(found.plan, Trigger(BACKFILL, "", viewer.name, reason), at=viewer.at, options=options)
    words = ngettext(
        "%(job)s: %(n)s slot is queued. The next run-due starts it.",
        "%(job)s: %(n)s slots are queued. The next run-due starts them, oldest first.",
        found.queued,
    )
    said = Told.success(words % {"job": job.name, "n": found.queued})
    return ordering.told(request, said, reverse("jobs_dashboard:job", args=[job.name]))
