"""``path("api/", include("jobs_api.urls"))`` is all that a host needs.

Every path answers with and without a trailing slash, never with a redirect: a redirect turns a
POST into a GET. No view is wrapped in a transaction: a claim is committed before its command runs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path

from jobs_api.api import answers
from jobs_api.api.app import build
from jobs_api.api.docs import problem_page
from jobs_api.exceptions import MethodNotAllowed

View = Callable[..., HttpResponse]
app_name = "jobs_api"


def _prepared(view: View) -> View:
    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if isinstance(response, HttpResponseNotAllowed):
            allowed = response["Allow"]
            response = answers.problem(request, MethodNotAllowed(f"This path answers {allowed}."))
            response["Allow"] = allowed
        return response

    for alias in connections:
        transaction.non_atomic_requests(using=alias)(answering)
    return answering


def _with_and_without_slash(pattern: URLPattern) -> list[URLPattern]:
    route, view = str(pattern.pattern), _prepared(pattern.callback)
    twin = [path(f"{route}/", view)] if route else []
    return [path(route, view, name=pattern.name), *twin]


_api = build()
urlpatterns = [
    *(
        both
        for pattern in _api.urls[0]
        if isinstance(pattern, URLPattern)
        for both in _with_and_without_slash(pattern)
    ),
    path("docs/problems/<slug:slug>", problem_page, name="problem"),
    path("docs/problems/<slug:slug>/", problem_page),
]
