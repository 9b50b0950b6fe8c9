"""Run a slot of a job now, and find its run."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from jobs_api import database, executors
from jobs_api.dashboard import sentences
from jobs_api.dashboard.access import action, page
from jobs_api.dashboard.forms.params import OptionsForm
from jobs_api.dashboard.forms.slots import RunForm
from jobs_api.dashboard.orders import slots, told
from jobs_api.dashboard.query import text
from jobs_api.dashboard.rendering import done
from jobs_api.dashboard.times import in_words
from jobs_api.dashboard.viewer import Viewer, viewer_of
from jobs_api.dashboard.views import ordering
from jobs_api.exceptions import BadInput
from jobs_api.registry.job import Job
from jobs_api.schedule.written_time import written
from jobs_api.triggers.dispatch import dispatch
from jobs_api.triggers.payload import Payload


def page_of(job: Job) -> str:
    """The page of a job."""
    return reverse("jobs_dashboard:job", args=[job.name])


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
            form.add_error(None, sentences.refusal(error))
    context = {"job": job, "form": form, "options": options, "offer": offer, "page": page_of(job)}
    context |= {"inline": executors.load(job.executor_name).in_request, "done": _done(form, offer, viewer)}
    return ordering.ask(request, "run.html", context, refused=sent is not None)


def _done(form: RunForm, offer: slots.Offer, viewer: Viewer) -> dict[str, Any] | None:
    """The slot that has succeeded already, for the note about it; None: there is nothing to say."""
    slot = offer.done(str(form["slot"].value() or ""))
    if slot is None:
        return None
    return {"clock": slots.clock(slot.at, viewer.at, viewer.zone), "run": slot.run}


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
