"""Orders: what an operator may do here. Each asks first, and calls the function that the API calls.

An order is carried out for each row or job by itself: one that is refused, or breaks, stops no other. The
request's own transaction (ATOMIC_REQUESTS) is not used: a claim is committed before its command runs.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db import connections, transaction
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from jobs_api import audit
from jobs_api.admin import onward
from jobs_api.admin.forms import ReasonForm
from jobs_api.conf import config
from jobs_api.database.bounds import bounded
from jobs_api.database.problems import problem_of
from jobs_api.exceptions import InternalError
from jobs_api.text import loggers, one_line
from jobs_api.text.numbers import LARGEST_ID, whole

if TYPE_CHECKING:
    from jobs_api.admin.base import ShowingAdmin

logger = loggers.logger(__name__)

MOST = 100
"""So many rows an order takes at once."""
TOO_MANY = f"Choose at most {MOST} rows at once: nothing was done."
NONE = "None of the chosen rows is there (any more): nothing was done."
NOT_STARTED = "Not started: the time of one request is over. Order it again"
CHANGED = "Not done: it has changed since it was shown. Look at it again"


class Told(NamedTuple):
    """What came of an order for one row or job."""

    level: int
    """Of Django's messages."""
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Order:
    """Something that an operator may do."""

    name: str
    label: str
    act: Callable[[Any, Mapping[str, Any], str], Told]
    """Does it to a row or a job, with what the form says, for an actor."""
    form: type[Form] = ReasonForm
    of_rows: bool = True
    """Whether it is about rows that were chosen; otherwise about what its form asks for."""
    subjects: Callable[[Mapping[str, Any]], Sequence[str]] = lambda data: data["jobs"]
    """What its form has asked for."""
    mark: Callable[[Any], object] = lambda row: 0
    """What of a row must be as it was when its order was prepared."""
    notice: Callable[[Sequence[Any]], str] = lambda rows: ""
    """What to know before."""
    takes_time: bool = False
    """Whether it may run a command in this request."""


def chooser(order: Order) -> Callable[..., HttpResponse | None]:
    """As an action of a list: it leads from the rows that were chosen to the page that asks why."""

    def choose(page: ShowingAdmin, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
        chosen = list(rows.values_list("pk", flat=True)[: MOST + 1])
        if problem := _selection(chosen):
            page.message_user(request, problem, messages.ERROR)
            return None
        return HttpResponseRedirect(f"{link_to(page, order)}?{urlencode([('pk', pk) for pk in chosen])}")

    choose.__name__ = order.name
    choose.short_description = order.label  # type: ignore[attr-defined]
    return choose


def link_to(page: ShowingAdmin, order: Order) -> str:
    """The page of an order."""
    name = f"admin:{page.opts.app_label}_{page.opts.model_name}_order"
    return reverse(name, args=[order.name], current_app=page.admin_site.name)


def selected(page: ShowingAdmin, request: HttpRequest) -> HttpResponse | None:
    """Back to the list if what was chosen in it cannot be rows of it; None if it may be."""
    if _numbers(request.POST.getlist(ACTION_CHECKBOX_NAME)) is not None:
        return None
    page.message_user(request, NONE, messages.ERROR)
    return HttpResponseRedirect(request.get_full_path())


def _numbers(texts: Iterable[str]) -> list[int] | None:
    found = [whole(text, LARGEST_ID) for text in texts]
    return None if None in found else [number for number in found if number is not None]


def _selection(chosen: Sequence[object]) -> str:
    """What is wrong with a selection."""
    return TOO_MANY if len(chosen) > MOST else "" if chosen else NONE


def ordered(page: ShowingAdmin) -> Callable[..., HttpResponse]:
    """The view of the orders of a page: a GET asks, a POST carries out."""

    def view(request: HttpRequest, name: str) -> HttpResponse:
        order = next((each for each in page.orders if each.name == name), None)
        if order is None:
            raise Http404
        if not page.may_operate(request):
            raise PermissionDenied
        return _rows_first(page, request, order) if order.of_rows else _ask(page, request, order, [])

    for alias in connections:
        transaction.non_atomic_requests(using=alias)(view)
    guarded = page.admin_site.admin_view(view)
    guarded.model_admin = page  # type: ignore[attr-defined]
    return guarded


def _rows_first(page: ShowingAdmin, request: HttpRequest, order: Order) -> HttpResponse:
    """Find the rows of an order: by their ids, on a POST each with its mark."""
    sent = (request.POST if request.method == "POST" else request.GET).getlist("pk")[: MOST + 1]
    pairs = [text.partition(".")[::2] for text in sent]
    numbers = _numbers([pk for pk, _ in pairs])
    rows = list(page.get_queryset(request).filter(pk__in=numbers or []).order_by("pk"))
    if problem := _selection(sent if len(sent) > MOST else rows):
        page.message_user(request, problem, messages.ERROR)
        return _back(page, [])
    return _ask(page, request, order, rows, {int(pk): mark for pk, mark in pairs})


def _ask(
    page: ShowingAdmin,
    request: HttpRequest,
    order: Order,
    rows: Sequence[Any],
    marks: Mapping[int, str] | None = None,
) -> HttpResponse:
    """The page that asks; on a POST without an error, what came of it."""
    form = order.form(request.POST if request.method == "POST" else None, initial=request.GET.dict())
    if request.method != "POST" or not form.is_valid():
        return _page(page, request, order, rows, form)
    data = form.cleaned_data
    changed: list[Any] = []
    targets: Sequence[Any] = []
    if order.of_rows:
        changed = [row for row in rows if str(order.mark(row)) != (marks or {}).get(row.pk)]
        targets = [row for row in rows if row not in changed]
    else:
        targets = order.subjects(data)
    told = [(row, Told(messages.WARNING, CHANGED)) for row in changed]
    _tell(page, request, order, [*told, *_carried_out(request, order, targets, data)])
    return _back(page, rows)


def _page(
    page: ShowingAdmin, request: HttpRequest, order: Order, rows: Sequence[Any], form: Form
) -> HttpResponse:
    request.current_app = page.admin_site.name
    many = page.opts.verbose_name if len(rows) == 1 else page.opts.verbose_name_plural
    context = {
        **page.admin_site.each_context(request),
        **onward.site_of(request, page.admin_site),
        "title": f"{order.label}: {len(rows)} {many}" if order.of_rows else order.label,
        "opts": page.opts,
        "order": order,
        "form": form,
        "chosen": [(f"{row.pk}.{order.mark(row)}", named(row)) for row in rows],
        "notice": order.notice(rows),
        "media": page.media,
    }
    return TemplateResponse(request, "admin/jobs_api/order.html", context)


def _back(page: ShowingAdmin, rows: Sequence[Any]) -> HttpResponse:
    """To the row, if it was one, else to the list."""
    what, args = ("change", [rows[0].pk]) if len(rows) == 1 else ("changelist", [])
    name = f"admin:{page.opts.app_label}_{page.opts.model_name}_{what}"
    return HttpResponseRedirect(reverse(name, args=args, current_app=page.admin_site.name))


def _carried_out(
    request: HttpRequest, order: Order, targets: Sequence[Any], data: Mapping[str, Any]
) -> list[tuple[Any, Told]]:
    """Do it to each, in their order; what may run commands here stops starting them as run-due does."""
    actor, address = request.user.get_username(), str(request.META.get("REMOTE_ADDR", ""))
    told, ends = [], time.monotonic() + config().run_due_seconds
    with audit.acting("admin", actor=actor, address=address):
        for number, target in enumerate(targets):
            late = order.takes_time and number and time.monotonic() >= ends
            done = Told(messages.WARNING, NOT_STARTED) if late else _done(order, target, data, actor)
            told.append((target, done))
    return told


def _done(order: Order, target: Any, data: Mapping[str, Any], actor: str) -> Told:
    try:
        with bounded(gated=True):
            return order.act(target, data, actor)
    except Exception as error:  # the others are done all the same
        problem = problem_of(error)
        if isinstance(problem, InternalError):
            logger.exception("Internal error: %s of %s by the admin.", order.name, named(target))
        level = messages.WARNING if problem.status < 500 else messages.ERROR
        return Told(level, problem.detail.replace("`", ""))


def _tell(page: ShowingAdmin, request: HttpRequest, order: Order, told: Iterable[tuple[Any, Told]]) -> None:
    """One message for all rows of which the same is to be said."""
    alike: dict[Told, list[str]] = {}
    for target, each in told:
        alike.setdefault(each, []).append(named(target))
    for (level, text), names in alike.items():
        page.message_user(request, one_line(f"{order.label}: {text}: {', '.join(names)}."), level)


def named(target: Any) -> str:
    """A row or a job for people."""
    return one_line(target if isinstance(target, str) else f"{target} ({target.pk})")
