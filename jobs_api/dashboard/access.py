"""Who may see a page or give an order: Django's staff, by the permissions of their groups.

`view_jobrun` is the read-only role; `operate_jobrun`, on top of it, is to act. There is no other login: who
is not logged in is sent to the admin's page, or to LOGIN_URL where the host has no admin.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_protect

from jobs_api import audit, database
from jobs_api.dashboard import errors, rendering
from jobs_api.dashboard.headers import guard
from jobs_api.dashboard.lazily import View, on_its_own
from jobs_api.dashboard.viewer import AUDIT, OPERATE, VIEW, Viewer, may
from jobs_api.database.bounds import bounded
from jobs_api.text import loggers

logger = loggers.logger(__name__)


def page(view: View) -> View:
    """A page that changes nothing: GET, for whoever may view."""
    return _guarded(view, methods=("GET", "HEAD"), permissions=(VIEW,))


def audit_page(view: View) -> View:
    """A page of the audit: for whoever may also see that in Django's admin."""
    return _guarded(view, methods=("GET", "HEAD"), permissions=(VIEW, AUDIT))


def action(view: View) -> View:
    """A page that asks (GET) and carries out (POST): for whoever may also operate."""
    return _guarded(view, methods=("GET", "HEAD", "POST"), permissions=(VIEW, OPERATE))


def _guarded(view: View, *, methods: tuple[str, ...], permissions: tuple[str, ...]) -> View:
    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in methods:
            return guard(HttpResponseNotAllowed(methods))
        try:
            return guard(_admitted(view, request, permissions, args, kwargs))
        except Exception as error:
            if not errors.is_known(error):
                logger.exception("Internal error in the dashboard: %s", request.path)
            return guard(errors.page(request, error))

    return on_its_own(csrf_protect(answering))


def _admitted(
    view: View, request: HttpRequest, permissions: tuple[str, ...], args: Any, kwargs: Any
) -> HttpResponse:
    with bounded(gated=True):
        user: Any = request.user
        if not user.is_authenticated:
            return _to_login(request)
        if not may(user, permissions):
            return errors.forbidden(request, permissions)
        viewer = Viewer.of(request, database.now())
        request.jobs_viewer = viewer  # type: ignore[attr-defined]
        address = str(request.META.get("REMOTE_ADDR", ""))
        with timezone.override(viewer.zone), audit.acting("dashboard", actor=viewer.name, address=address):
            return view(request, *args, **kwargs)


def _to_login(request: HttpRequest) -> HttpResponse:
    """To the login; a part of a page that refreshes itself makes the browser go there as a whole."""
    try:
        login = reverse("admin:login")
    except NoReverseMatch:
        login = resolve_url(settings.LOGIN_URL)
    if "HX-Request" not in request.headers:
        return redirect_to_login(request.get_full_path(), login)
    back = redirect_to_login(rendering.page_behind(request) or request.get_full_path(), login)
    return HttpResponse(status=204, headers={"HX-Redirect": back["Location"]})


def found_or_404(thing: Any, why: str) -> Any:
    """The thing itself; a page that says so where it is None."""
    if thing is None:
        raise Http404(why)
    return thing
