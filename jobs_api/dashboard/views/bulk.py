"""Orders about many runs: those that are selected, or all that a filter finds; the number is asked first."""

from __future__ import annotations

import dataclasses
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jobs_api.conf import config
from jobs_api.dashboard.access import action
from jobs_api.dashboard.forms.bulk import ManyForm
from jobs_api.dashboard.lists import run_controls
from jobs_api.dashboard.lists.run_filter import RunFilter
from jobs_api.dashboard.lists.run_pages import matching
from jobs_api.dashboard.orders import many, runs
from jobs_api.dashboard.orders.runs import Chosen
from jobs_api.dashboard.orders.told import Told
from jobs_api.dashboard.query import text
from jobs_api.dashboard.rendering import done
from jobs_api.dashboard.viewer import Viewer, viewer_of
from jobs_api.dashboard.views import bulk_jobs, ordering
from jobs_api.models import JobRun
from jobs_api.text.numbers import whole

ACTIONS = ("rerun", "cancel")


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """What an address asks for."""

    pks: list[int]
    words: list[tuple[str, str]]
    """The filter, as its labels with their values; empty where runs are selected one by one."""
    shown: int
    """How many the list has said that there are."""
    is_filter: bool
    more: bool = False
    """Whether there are more than are taken at once."""
    errors: tuple[str, ...] = ()
    of_jobs: bool = False
    """Whether they are what has failed of jobs that are selected."""

    @property
    def before(self) -> int:
        """How many there were when they were chosen."""
        return max(self.shown, len(self.pks))


@action
def order(request: HttpRequest) -> HttpResponse:
    """Ask, and carry out."""
    what = request.POST.get("action") or request.GET.get("action") or ""
    if bulk_jobs.is_meant(request, what):
        return bulk_jobs.order(request, what)
    if what not in ACTIONS:
        raise Http404(_("There is no such order."))
    form = ManyForm(ordering.sent(request), initial={"filter": request.GET.get("filter", "")[:4000]})
    if request.method == "POST" and form.is_valid():
        return _carry_out(request, what, form)
    wanted = _wanted(request)
    found = runs.chosen(wanted.pks, what)
    form.renew("marks", found.marks)
    context = {**_about(wanted, found), "action": what, "form": form, "page": reverse("jobs_dashboard:runs")}
    return ordering.ask(request, "bulk.html", context, refused=request.method == "POST")


def _wanted(request: HttpRequest) -> Wanted:
    query = request.POST if request.method == "POST" else request.GET
    shown = whole(text(query, "found"), 10**9) or 0
    if request.method != "POST" and text(query, "of") == "jobs":
        pks = bulk_jobs.failed(request)
        return Wanted(pks[: many.MOST], [], len(pks), False, len(pks) > many.MOST, of_jobs=True)
    if "filter" not in query or (request.method == "POST" and not query["filter"]):
        pks = runs.numbers(query.getlist("run")[: many.MOST + 1]) or list(runs.marks(query.get("marks", "")))
        before = shown if request.method == "POST" else 0
        return Wanted(pks[: many.MOST], [], before or len(pks), False, len(pks) > many.MOST)
    viewer, written = viewer_of(request), query["filter"][:4000]
    found = matching(written.removeprefix("?"), viewer, most=many.MOST)
    return Wanted(found.pks, _words(written, viewer), shown, True, found.more, tuple(found.errors))


def _words(written: str, viewer: Viewer) -> list[tuple[str, str]]:
    query = QueryDict(written.removeprefix("?"))
    active = run_controls.of(query, RunFilter.of(query, viewer), viewer).active
    return [(str(each.label), str(each.value)) for each in active]


def _about(wanted: Wanted, found: Chosen) -> dict[str, Any]:
    number = len(found.fit)
    return {
        "wanted": wanted,
        "found": found,
        "number": number,
        "left": wanted.before - number,
        "inline": many.listed(found.inline),
        "one_at_a_time": many.listed(found.one_at_a_time),
        "all_failed": found.states <= {"failed", "lost"},
        "seconds": config().run_due_seconds,
        "most": many.MOST,
    }


def _carry_out(request: HttpRequest, what: str, form: ManyForm) -> HttpResponse:
    marked = runs.marks(form.cleaned_data["marks"])
    found = runs.chosen(marked, what)
    still = runs.unchanged(found.fit, marked)
    by, why = viewer_of(request).name, form.cleaned_data["reason"]
    ends = many.until()
    acting = runs.Acting(what, by, why, ends=ends)
    done_to = many.carried_out(runs.in_turns(still), acting, f"{what} of runs", ends=ends)
    for said in many.summed(((_name(run), said) for run, said in done_to), _number):
        ordering.tell(request, said)
    if left := len(marked) - len(still):
        ordering.tell(request, _left_alone(left))
    return done(request, ordering.back(request, reverse("jobs_dashboard:runs")))


def _left_alone(number: int) -> Told:
    words = ngettext(
        "%(n)s run has changed since it was shown, and was left alone.",
        "%(n)s runs have changed since they were shown, and were left alone.",
        number,
    )
    return Told.warning(words % {"n": number})


def _number(number: int) -> str:
    return ngettext("%(n)s run", "%(n)s runs", number) % {"n": number}


def _name(run: JobRun) -> str:
    return f"{run.job_name} {runs.slot_of(run):%Y-%m-%d %H:%M}"
