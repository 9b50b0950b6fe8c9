"""Orders about many jobs: pause or resume them, or run again what has failed of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs_api import registry
from jobs_api.dashboard.forms.bulk import ManyForm, PauseManyForm
from jobs_api.dashboard.orders import ends, many, runs
from jobs_api.dashboard.orders.told import Told
from jobs_api.dashboard.overview.matching import chosen_by, matching
from jobs_api.dashboard.overview.wording import CHIPS
from jobs_api.dashboard.query import text
from jobs_api.dashboard.rendering import done
from jobs_api.dashboard.viewer import Viewer, viewer_of
from jobs_api.dashboard.views import ordering
from jobs_api.registry.job import Job
from jobs_api.runs import pausing
from jobs_api.text.numbers import whole

ACTIONS = ("pause", "resume")


def is_meant(request: HttpRequest, action: str) -> bool:
    """Whether an order is about jobs."""
    return action in ACTIONS


def order(request: HttpRequest, action: str) -> HttpResponse:
    """Ask, and carry out."""
    viewer, sent = viewer_of(request), ordering.sent(request)
    form = _form(request, action)
    jobs = _jobs(request)
    if not jobs:
        raise Http404(_("None of these jobs is declared: nothing was done."))
    if sent is not None and form.is_valid():
        return _carry_out(request, action, jobs, form.cleaned_data)
    paused = _paused(jobs, viewer.at)
    about = [job for job in jobs if (job.name in paused) == (action == "resume")]
    form.renew("marks", " ".join(job.name for job in jobs))
    context = {
        "action": action,
        "form": form,
        "jobs": jobs,
        "about": about,
        "number": len(jobs),
        "left": max(whole(text(request.GET, "found"), 10**6) or 0, len(jobs)) - len(jobs),
        "paused": len(paused),
        "words": _words(request.POST.get("filter") or request.GET.get("filter", "")),
        "buttons": _buttons(form, len(jobs), viewer) if action == "pause" else [],
        "end": form.cleaned_data.get("end") if form.is_bound else None,
        "page": reverse("jobs_dashboard:overview"),
    }
    return ordering.ask(request, "bulk_jobs.html", context, refused=sent is not None)


def _form(request: HttpRequest, action: str) -> Any:
    viewer, sent = viewer_of(request), ordering.sent(request)
    initial = {"filter": request.GET.get("filter", "")[:4000]}
    return (
        PauseManyForm(sent, at=viewer.at, zone=viewer.zone, initial=initial)
        if action == "pause"
        else ManyForm(sent, initial=initial)
    )


def _jobs(request: HttpRequest) -> list[Job]:
    """Those that are declared now."""
    found = (registry.find(name) for name in dict.fromkeys(_names(request)[: many.MOST]))
    return [job for job in found if job is not None]


def _names(request: HttpRequest) -> list[str]:
    """Those that were shown, that are selected, or all that the filter of the overview finds."""
    if request.method == "POST":
        return request.POST.get("marks", "").split()
    if "filter" in request.GET:
        return [line.name for line in matching(request.GET["filter"], viewer_of(request).at)]
    return request.GET.getlist("job")


def failed(request: HttpRequest) -> list[int]:
    """The runs that are meant where jobs were selected to run again what has failed of them."""
    names = [job.name for job in _jobs(request)]
    return runs.failed_since_success(names, viewer_of(request).at)


def _words(written: str) -> list[tuple[str, str]]:
    """A filter of the overview, as labels with their values."""
    chosen = chosen_by(written)
    group = "" if chosen.group == "all" else str(CHIPS[chosen.group])
    told = (
        (_("Search"), chosen.words),
        (_("State"), group),
        (_("Tag"), chosen.tag),
        (_("Owner"), chosen.owner),
    )
    return [(label, value) for label, value in told if value]


def _buttons(form: PauseManyForm, number: int, viewer: Viewer) -> list[tuple[str, str]]:
    """What the button says for each end that is offered."""
    words = ngettext("Pause %(n)s job until %(end)s", "Pause %(n)s jobs until %(end)s", number)
    offers = [(each.value, ends.instant(each.value)) for each in form.offers]
    known = [(value, end) for value, end in offers if end is not None]
    said = [
        (value, words % {"n": number, "end": ends.said_shortly(end, viewer.at, viewer.zone)})
        for value, end in known
    ]
    plain = ngettext("Pause %(n)s job", "Pause %(n)s jobs", number) % {"n": number}
    return [*said, ("", plain)]


def _paused(jobs: Sequence[Job], at: Any) -> set[str]:
    found = pausing.pauses([job.name for job in jobs])
    return {name for name, rows in found.items() if any(row.is_in_force(at) for row in rows)}


def _carry_out(request: HttpRequest, action: str, jobs: Sequence[Job], data: dict[str, Any]) -> HttpResponse:
    viewer, why = viewer_of(request), data["reason"]

    def act(job: Job) -> Told:
        if action == "resume":
            change = pausing.resume(job, actor=viewer.name, comment=why, at=viewer.at)
            return (
                Told.success(_("Resumed."))
                if change.changed
                else Told.warning(_("Not paused before: nothing was changed."))
            )
        end = data["end"]
        change = pausing.pause(job, actor=viewer.name, comment=why, at=viewer.at, until=end)
        if not change.changed:
            return Told.warning(_("Paused so already: nothing was changed."))
        if end is None:
            return Told.success(_("Paused until somebody resumes them."))
        return Told.success(_("Paused until %(end)s.") % {"end": ends.said(end, viewer.zone)})

    found = many.carried_out(jobs, act, f"{action} of jobs", ends=many.until())
    for said in many.summed(((job.name, said) for job, said in found), _number):
        ordering.tell(request, said)
    return done(request, ordering.back(request, reverse("jobs_dashboard:overview")))


def _number(number: int) -> str:
    return ngettext("%(n)s job", "%(n)s jobs", number) % {"n": number}
