"""Pages that say what is wrong: in words, with what to do, without a path or a traceback."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
)
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils.translation import gettext as _

from jobs_api.dashboard import rendering, sentences
from jobs_api.dashboard.viewer import OPERATE, VIEW, may
from jobs_api.database.problems import problem_of
from jobs_api.exceptions import InternalError


def forbidden(request: HttpRequest, permissions: Sequence[str]) -> HttpResponse:
    """The page for somebody who is logged in and may not: it shows no data."""
    needed = ", ".join(permissions)
    text = _(
        "This page is for staff users with the permissions %(permissions)s. Ask whoever manages the users."
    ) % {"permissions": needed}
    looks = OPERATE in permissions and may(request.user, (VIEW,))
    return _page(request, 403, _("You may look, but not act") if looks else _("No access"), text)


def is_known(error: Exception) -> bool:
    """Whether it is no bug: something is missing, refused, or away for a while."""
    if isinstance(error, PermissionDenied | Http404 | SuspiciousOperation | UnreadablePostError):
        return True
    return not isinstance(problem_of(error), InternalError)


def page(request: HttpRequest, error: Exception) -> HttpResponse:
    """What an exception means to the person before the page."""
    if isinstance(error, PermissionDenied):
        return _page(request, 403, _("No access"), str(error) or _("You may not do this."))
    if isinstance(error, Http404):
        why = error.args[0] if error.args and isinstance(error.args[0], str) else ""
        return _page(request, 404, _("Not found"), why or _("There is no such page."))
    if isinstance(error, RequestDataTooBig | TooManyFieldsSent):
        text = _("The form is larger than this site accepts. Nothing was done: send less.")
        return _page(request, 413, _("The form is too large"), text)
    if isinstance(error, SuspiciousOperation | UnreadablePostError):
        return _page(request, 400, _("The request cannot be read"), _("Nothing was done: send it again."))
    problem = problem_of(error)
    return _page(
        request, problem.status, sentences.told(problem.title) or problem.title, sentences.refusal(problem)
    )


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    if status >= 500:  # the head would ask the database again
        request.jobs_viewer = None  # type: ignore[attr-defined]
    context = {"title": title, "text": text, "status": status, "retry": status >= 500}
    return rendering.render(request, "error.html", context, status=status)
