"""The docs page and a page for each problem type: plain HTML without scripts or external files."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from ninja import NinjaAPI

from jobs_api.api import responses
from jobs_api.exceptions import NotFound, Problem

OTHERS = {
    "jobs-unwell": (
        "Jobs need attention",
        503,
        "A job is missed or failing; `missed` and `failing` name them.",
    ),
}


def problems() -> dict[str, tuple[str, int, str]]:
    """Every problem type: its title, status, meaning and remedy."""
    types = {
        kind.slug: (kind.title, kind.status, (kind.__doc__ or "").strip())
        for kind in Problem.__subclasses__()
    }
    for outcome, sentence in responses.SENTENCES.items():
        status = 409 if outcome in responses.INSISTED else responses.OUTCOMES[outcome]
        if status >= 400:
            types[outcome.replace("_", "-")] = (outcome.replace("_", " ").capitalize(), status, sentence)
    return {**types, **OTHERS}


@cache
def _engine() -> Engine:
    """Our own template engine, so that the pages do not depend on the host's template settings."""
    return Engine(dirs=[str(Path(__file__).parent.parent / "templates")])


def _page(template: str, context: dict[str, Any]) -> HttpResponse:
    return HttpResponse(_engine().get_template(template).render(Context(context)))


def openapi(request: HttpRequest, *, api: NinjaAPI, **_: Any) -> HttpResponse:
    """The OpenAPI document for programs."""
    return responses.answer(api.get_openapi_schema(path_prefix=responses.root(request)))


def docs_page(request: HttpRequest, *, api: NinjaAPI, **_: Any) -> HttpResponse:
    """The docs page for people: the endpoints with their parameters and answers."""
    schema = api.get_openapi_schema(path_prefix=responses.root(request))
    endpoints = [
        {"path": path, "method": method.upper(), "scopes": operation.get("x-scopes"), **operation}
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    context = {
        "schema_url": responses.url(request, "openapi"),
        "endpoints": endpoints,
        "problems": [
            (slug, responses.url(request, "problem", slug), *rest) for slug, rest in problems().items()
        ],
    }
    return _page("jobs_api/docs.html", context)


def problem_page(request: HttpRequest, *, slug: str, **_: Any) -> HttpResponse:
    """The page of one problem type."""
    if slug not in problems():
        return responses.problem(request, NotFound(f"The problem type {slug[:60]!r} does not exist."))
    title, status, text = problems()[slug]
    context = {
        "title": title,
        "status": status,
        "text": text,
        "docs_url": responses.url(request, "docs"),
    }
    return _page("jobs_api/problem.html", context)
