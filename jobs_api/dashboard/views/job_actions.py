"""Orders about one job: run a slot now, pause it, resume it, queue its past slots."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from jobs_api import database, executors
from jobs_api.dashboard.access import action, page
from jobs_api.dashboard.forms.base import OrderForm
from jobs_api.dashboard.forms.params import OptionsForm
from jobs_api.dashboard.forms.slots import RunForm
from jobs_api.dashboard.forms.until import PauseForm
from jobs_api.dashboard.orders import ends, passing, slots, told
from jobs_api.dashboard.orders.told import Told
from jobs_api.dashboard.query import text
from jobs_api.dashboard.rendering import done
from jobs_api.dashboard.times import in_words
from jobs_api.dashboard.viewer import viewer_of
from jobs_api.dashboard.views import ordering
from jobs_api.exceptions import BadInput
from jobs_api.registry.job import Job
from jobs_api.runs import pausing
from jobs_api.schedule.written_time import written
from jobs_api.triggers.dispatch import dispatch
from jobs_api.triggers.payload import Payload


def page_of(job: Job) -> str:
    """The page of a job."""
    return reverse("jobs_dashboard:job", args=[job.name])


# -- run now ----------------------------------------------------------------------------------


@action
def run(request: HttpRequest, name: str) -> HttpResponse:
    """Run a slot now, with options."""
    job, viewer, sent = ordering.declared(name), viewer_of(request), ordering.sent(request)
    offer = slots.offer(job, viewer.at)
    wanted = text(request.GET, "slot")
    form = RunForm(sent, job=job, offer=offer, at=viewer.at, zone=viewer.zone, wanted=wanted)
    options = OptionsForm(sent, job)
    if sent is not None and form.is_valid() & options.is_valid():
        try:
            return _run(request, job, form.cleaned_data, options.sent)
        except BadInput as error:
            form.add_error(None, error.detail.replace("`", ""))
    context = {"job": job, "form": form, "options": options, "offer": offer, "page": page_of(job)}
    context |= {"inline": executors.load(job.executor_name).in_request}
    return ordering.ask(request, "run.html", context, refused=sent is not None)


def _run(request: HttpRequest, job: Job, data: dict[str, Any], options: dict[str, Any]) -> HttpResponse:
    payload = Payload(
        "dashboard",
        run_dates=(data["run_date"],),
        options=options or None,
        actor=viewer_of(request).name,
        reason=data["reason"],
        wait_own=0,
    )
    result = dispatch(payload.request(job))
    run = None if result.run is None else reverse("jobs_dashboard:run", args=[result.run.id])
    said = told.of_result(result)
    slot = in_words(result.run_date, viewer_of(request).at, viewer_of(request).zone)
    words = _("%(job)s, slot %(slot)s: %(outcome)s")
    said = said._replace(text=words % {"job": job.name, "slot": slot, "outcome": said.text})
    return ordering.told(request, said, run or page_of(job))


@page
def slot(request: HttpRequest, name: str) -> HttpResponse:
    """Lead to the run of a slot, which may have begun a moment ago; to its job as long as it has none."""
    job, named = ordering.declared(name), text(request.GET, "at")
    try:
        at = written(named, job.slots.timezone, "at")
    except BadInput:
        raise Http404(_("There is no such slot.")) from None
    run = database.rows().filter(job_name=job.name, run_date=at).values_list("pk", flat=True).first()
    return done(request, page_of(job) if run is None else reverse("jobs_dashboard:run", args=[run]))


# -- pause and resume -------------------------------------------------------------------------


@action
def pause(request: HttpRequest, name: str) -> HttpResponse:
    """Pause a job, until when and why."""
    job, viewer, sent = ordering.declared(name), viewer_of(request), ordering.sent(request)
    form = PauseForm(sent or ordering.looked(request, "until", "own"), at=viewer.at, zone=viewer.zone)
    valid = form.is_bound and form.is_valid()
    if valid and sent is not None and not ordering.only_looks(request):
        return _pause(request, job, form.cleaned_data)
    end = form.cleaned_data.get("end") if form.is_bound else ends.instant(form["until"].initial)
    if sent is None or ordering.only_looks(request):
        form.errors.pop("reason", None)  # nobody has sent it yet
    before = pausing.last_pause(job)
    context = {
        "job": job,
        "form": form,
        "end": end,
        "passing": None
        if form.is_bound and "end" not in form.cleaned_data
        else passing.passing(job, viewer.at, end),
        "button": _pause_button(end, viewer.at, viewer.zone),
        "before": before if before is not None and before.is_in_force(viewer.at) else None,
        "looks": sent is None and form.is_bound,
        "page": page_of(job),
    }
    return ordering.ask(
        request, "pause.html", context, refused=sent is not None and not ordering.only_looks(request)
    )


def _pause_button(end: datetime | None, at: datetime, zone: Any) -> str:
    if end is None:
        return _("Pause until somebody resumes it")
    return _("Pause until %(end)s") % {"end": ends.said_shortly(end, at, zone)}


def _pause(request: HttpRequest, job: Job, data: dict[str, Any]) -> HttpResponse:
    viewer, end = viewer_of(request), data["end"]
    change = pausing.pause(job, actor=viewer.name, comment=data["reason"], at=viewer.at, until=end)
    said = Told.success(_("%(job)s is paused until somebody resumes it.") % {"job": job.name})
    if end is not None:
        words = {"job": job.name, "end": ends.said(end, viewer.zone)}
        said = Told.success(_("%(job)s is paused until %(end)s.") % words)
    if not change.changed:
        said = Told.warning(_("%(job)s was paused so already: nothing was changed.") % {"job": job.name})
    return ordering.told(request, said, ordering.back(request, page_of(job)))


@action
def resume(request: HttpRequest, name: str) -> HttpResponse:
    """Resume a job, and say why."""
    job, viewer, sent = ordering.declared(name), viewer_of(request), ordering.sent(request)
    form = OrderForm(sent)
    if sent is not None and form.is_valid():
        return _resume(request, job, form.cleaned_data["reason"])
    before = pausing.last_pause(job)
    in_force = before is not None and before.is_in_force(viewer.at)
    context = {
        "job": job,
        "form": form,
        "resumption": passing.resumption(job, before, viewer.at) if before and in_force else None,
        "page": page_of(job),
    }
    return ordering.ask(request, "resume.html", context, refused=sent is not None)


def _resume(request: HttpRequest, job: Job, reason: str) -> HttpResponse:
    viewer = viewer_of(request)
    change = pausing.resume(job, actor=viewer.name, comment=reason, at=viewer.at)
    said = Told.success(_("%(job)s is resumed.") % {"job": job.name})
    if not change.changed:
        said = Told.warning(_("%(job)s was not paused: nothing was changed.") % {"job": job.name})
    return ordering.told(request, said, ordering.back(request, page_of(job)))


urlpatterns = [
    path("jobs/<str:name>/run/", run, name="job_run"),
    path("jobs/<str:name>/slot/", slot, name="job_slot"),
    path("jobs/<str:name>/pause/", pause, name="job_pause"),
    path("jobs/<str:name>/resume/", resume, name="job_resume"),
]
