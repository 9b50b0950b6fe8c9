"""Views that are imported when they are asked for first.

Each process of a host imports the URLs, and most of them never show a page: the dashboard must not make
them slow to start.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse

View = Callable[..., HttpResponse]


def view(name: str) -> View:
    """A view of ours by its module in `views` and its name there, such as "overview.show"."""
    module, _, function = name.partition(".")

    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        found: View = getattr(import_module(f"jobs_api.dashboard.views.{module}"), function)
        return found(request, *args, **kwargs)

    answering.__module__, answering.__qualname__ = f"jobs_api.dashboard.views.{module}", function
    return on_its_own(answering)


def on_its_own(view: View) -> View:
    """The view without a transaction of the host around it; Django's own middleware asks for no login."""
    for alias in connections:  # a claim is committed before its command runs
        transaction.non_atomic_requests(using=alias)(view)
    view.login_required = False  # type: ignore[attr-defined]  # `access` asks
    return view
