"""Pause a job, until when and why; resume it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from jobs_api.dashboard.access import action
from jobs_api.dashboard.forms.base import ResumeForm
from jobs_api.dashboard.forms.until import PauseForm
from jobs_api.dashboard.orders import ends, passing
from jobs_api.dashboard.orders.told import CHANGED, Told
from jobs_api.dashboard.viewer import viewer_of
from jobs_api.dashboard.views import ordering
from jobs_api.dashboard.views.job_actions import page_of
from jobs_api.models import JobPause
from jobs_api.registry.job import Job
from jobs_api.runs import pausing


@action
def pause(request: HttpRequest, name: str) -> HttpResponse:
    """Pause a job, until when and why."""
    job, viewer, sent = ordering.declared(name), viewer_of(request), ordering.sent(request)
    before = _in_force(job, viewer.at)
    looked = ordering.looked(request, "until", "own")
    form = PauseForm(sent or looked, at=viewer.at, zone=viewer.zone, initial={"seen": _mark(before)})
    orders = sent is not None and not ordering.only_looks(request)
    if orders and form.is_valid():
        if form.cleaned_data["seen"] == _mark(before) or _is_same(before, viewer.name, form):
            return _pause(request, job, form.cleaned_data)
        form.add_error(None, _("Somebody has paused or resumed it since this was shown. Look at it again."))
        form.renew("seen", _mark(before))
    if form.is_bound and not orders:
        form.errors.pop("reason", None)  # nobody has ordered anything yet
    end = form.cleaned_data.get("end") if form.is_bound else ends.instant(form["until"].initial)
    readable = not form.is_bound or "end" in form.cleaned_data
    context = {
        "job": job,
        "form": form,
        "end": end,
        "passing": passing.passing(job, viewer.at, end) if readable else None,
        "button": _pause_button(end, viewer.at, viewer.zone),
        "before": before,
        "looks": sent is None and form.is_bound,
        "page": page_of(job),
    }
    return ordering.ask(request, "pause.html", context, refused=orders)


def _in_force(job: Job, at: datetime) -> JobPause | None:
    pause = pausing.last_pause(job)
    return pause if pause is not None and pause.is_in_force(at) else None


def _mark(pause: JobPause | None) -> str:
    """Which pause a form is about."""
    return "" if pause is None else str(pause.pk)


def _is_same(pause: JobPause | None, actor: str, form: PauseForm) -> bool:
    """Whether it is what the form orders: somebody has clicked twice."""
    return pause is not None and (pause.actor, pause.until) == (actor[:100], form.cleaned_data["end"])


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
    before = _in_force(job, viewer.at)
    form = ResumeForm(sent, initial={"seen": _mark(before)})
    if sent is not None and form.is_valid():
        if before is not None and form.cleaned_data["seen"] != _mark(before):
            said = Told.warning(str(CHANGED))
            return ordering.told(request, said, ordering.back(request, page_of(job)))
        return _resume(request, job, form.cleaned_data["reason"])
    context = {
        "job": job,
        "form": form,
        "resumption": None if before is None else passing.resumption(job, before, viewer.at),
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
