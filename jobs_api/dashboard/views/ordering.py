"""What the views of all orders share: whom they are about, where they lead, and what is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _

from jobs_api import registry
from jobs_api.dashboard import sentences
from jobs_api.dashboard.orders.told import CHANGED, Told
from jobs_api.dashboard.query import text
from jobs_api.dashboard.rendering import done, is_ours, page_behind, render
from jobs_api.exceptions import Problem, Superseded
from jobs_api.models import JobRun
from jobs_api.registry.job import Job
from jobs_api.runs import readers
from jobs_api.text import one_line
from jobs_api.text.numbers import LARGEST_ID

LONGEST_MESSAGE = 900
"""Characters: a message may travel in a cookie."""


def declared(name: str) -> Job:
    """The job of this name, or a page that says that there is none."""
    job = registry.find(name)
    if job is None:
        raise Http404(_("There is no job of this name."))
    return job


def stored(pk: int) -> JobRun:
    """The run of this id, or a page that says that there is none."""
    run = readers.find(pk) if pk <= LARGEST_ID else None
    if run is None:
        raise Http404(_("There is no run of this id."))
    return run


def sent(request: HttpRequest) -> QueryDict | None:
    """The form that was sent; None where somebody only opens it."""
    return request.POST if request.method == "POST" else None


def only_looks(request: HttpRequest) -> bool:
    """Whether somebody without scripts wants to see what a form would do."""
    return bool(request.POST.get("show"))


def looked(request: HttpRequest, *names: str) -> dict[str, str] | None:
    """What the address says for a form that is only looked at; None for nothing."""
    found = {name: text(request.GET, name) for name in names if name in request.GET}
    return found or None


def tried(act: Callable[[], Told]) -> Told:
    """What comes of an order; what is refused is told on the page that it was about.

    Raises:
        Exception: the database is away, or anything else that the next page would not survive either.
    """
    try:
        return act()
    except Superseded:
        return Told.warning(str(CHANGED))
    except Problem as error:
        if error.status >= 500:
            raise
        return Told.warning(sentences.refusal(error))


def ask(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, refused: bool = False
) -> HttpResponse:
    """The form: in a dialog, or as a page; once more, with what is wrong, where it was refused."""
    known = {"back": back(request, ""), **context}
    return render(request, f"orders/{template}", known, status=422 if refused else 200, dialog=True)


def told(request: HttpRequest, said: Told, url: str) -> HttpResponse:
    """Lead to a page, which tells what came of the order."""
    tell(request, said)
    return done(request, url)


def tell(request: HttpRequest, said: Told) -> None:
    """Tell it on the next page."""
    words = one_line(str(said.text))
    short = words if len(words) <= LONGEST_MESSAGE else words[: LONGEST_MESSAGE - 1] + "…"
    messages.add_message(request, said.level, short, fail_silently=True)


def back(request: HttpRequest, default: str) -> str:
    """The page from which somebody came, if it is one of ours; else the default."""
    for named in (request.POST.get("next"), request.GET.get("next"), _shown(request)):
        if named and is_ours(named):
            return named
    return default


def _shown(request: HttpRequest) -> str:
    """The path of the page over which a dialog stands."""
    shown = page_behind(request) if "HX-Request" in request.headers else ""
    return "" if shown.partition("?")[0] == request.path else shown  # then it is no dialog
