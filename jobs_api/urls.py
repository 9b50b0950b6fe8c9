"""The URLs: a host adds ``path("api/", include("jobs_api.urls"))`` and nothing else.

Every path answers with and without a trailing slash and never redirects, because a redirect turns a POST into
a GET. No view runs in a transaction: a claim is committed before its command runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial, wraps
from typing import Any

from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path

from jobs_api.api import by_get, responses
from jobs_api.api.app import build
from jobs_api.api.docs import docs_page, openapi, problem_page
from jobs_api.api.incoming import let_go
from jobs_api.api.manners import mind
from jobs_api.checks.middleware import ASKED
from jobs_api.database.bounds import bounded
from jobs_api.exceptions import MethodNotAllowed

View = Callable[..., HttpResponse]
app_name = "jobs_api"


def _prepared(route: str, view: View, *, name: str | None = None, page: bool = False) -> View:
    """Wrap a view: add the API's root path, HEAD for GET, 405 as a problem; no transaction.

    Where ALLOW_GET says so, a GET is answered as a POST.

    Args:
        name: of its URL.
        page: the view is open, the same for everybody, and answers GET only.
    """
    depth = route.count("/") + 1 if route else 0

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if ASKED in request.META:  # a system check asks what the host's middleware does
            question = request.META[ASKED]
            return question.note(mind(question.answer(request)))  # type: ignore[no-any-return]
        request.jobs_api_root = _root(request.path, depth)  # type: ignore[attr-defined]
        if is_head := request.method == "HEAD":
            request.method = "GET"
        elif request.method == "GET" and by_get.allowed(name):
            by_get.take(request)
        if page and request.method != "GET":
            response = _not_allowed(request, "GET")
        else:
            with bounded(gated=True):
                response = view(request, *args, **kwargs)
        if isinstance(response, HttpResponseNotAllowed):
            response = _not_allowed(request, "GET, POST" if by_get.allowed(name) else response["Allow"])
        let_go(request)
        by_get.give_back(request)
        mind(response, storable=page)
        return _without_body(request, response) if is_head else response

    for alias in connections:
        transaction.non_atomic_requests(using=alias)(answering)
    # Middleware checks these attributes before it answers instead of us: a caller has no cookie or session.
    answering.csrf_exempt = True  # type: ignore[attr-defined]
    answering.login_required = False  # type: ignore[attr-defined]
    return answering


def _without_body(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The response to HEAD, with the length of what GET gets: not every server omits the body."""
    request.method = "HEAD"
    response.headers.setdefault("Content-Length", str(len(response.content)))
    response.content = b""
    return response


def _root(path: str, depth: int) -> str:
    """The path without our own last `depth` segments."""
    segments = path.rstrip("/").split("/")
    return "/".join(segments[: len(segments) - depth]) + "/"


def _not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    response = responses.problem(request, MethodNotAllowed(f"This path accepts only {allowed}."))
    response["Allow"] = allowed
    return response


def _with_and_without_slash(route: str, view: View, name: str | None) -> list[URLPattern]:
    twin = [path(f"{route}/", view)] if route else []
    return [path(route, view, name=name), *twin]


def _patterns() -> Iterator[URLPattern]:
    api = build()
    for pattern in api.urls[0]:
        route = str(pattern.pattern)
        if isinstance(pattern, URLPattern) and route:  # Ninja's own front page is not served
            view = _prepared(route, pattern.callback, name=pattern.name)
            yield from _with_and_without_slash(route, view, pattern.name)
    docs: View = partial(docs_page, api=api)
    schema: View = partial(openapi, api=api)
    pages: list[tuple[str, View]] = [
        ("", docs),
        ("docs", docs),
        ("openapi.json", schema),
        ("docs/problems/<slug:slug>", problem_page),
    ]
    for route, page in pages:
        yield from _with_and_without_slash(route, _prepared(route, page, page=True), None)


urlpatterns = list(_patterns())
