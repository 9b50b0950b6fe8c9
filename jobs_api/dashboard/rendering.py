"""How a page is answered: whole, as the part that refreshes itself, or as a dialog on another page.

The templates have an engine of their own: they do not depend on the TEMPLATES of the host.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.backends.django import DjangoTemplates
from django.template.context import make_context
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme

from jobs_api.dashboard import navigation

FOLDER = "jobs_api/dashboard/"
MAIN, DIALOG = "main", "dialog-body"
"""The elements of a page that are loaded alone, by their ids."""
_VOLATILE = (
    (re.compile(rb"<time data-clock[^>]*>[^<]*"), b""),
    (re.compile(rb"(<time[^>]*>)[^<]*"), rb"\1"),
    (re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"'), b""),
    (re.compile(rb'<meta name="csrf-token"[^>]*>'), b""),
)
"""What differs each time though nothing has changed: texts of times, which scripts write, and tokens. Each by
itself: an expression that begins with a text is found many times quicker than a choice of several."""


def render(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    dialog: bool = False,
) -> HttpResponse:
    """Answer with a page; a refresh with 304 where the browser has the same already.

    A whole page, or a form, is made anew each time: it has the clock of the server, and a token.

    Args:
        template: its name in our folder, such as "run.html".
        dialog: whether it is a form that is a dialog where there is JavaScript, and a page elsewhere.
    """
    known = {
        **navigation.context(request),
        "layout": FOLDER + "layouts/" + _layout(request, dialog=dialog),
        "messages": SimpleLazyObject(lambda: _messages(request)),
        **(context or {}),
    }
    response = HttpResponse(_text(request, template, known), status=status)
    if status != 200 or not is_part(request, MAIN):
        return response
    same = response.content
    for expression, instead in _VOLATILE:
        same = expression.sub(instead, same)
    etag = response["ETag"] = f'"{blake2b(same, digest_size=12).hexdigest()}"'
    return get_conditional_response(request, etag=etag, response=response) or response


def _text(request: HttpRequest, template: str, known: dict[str, Any]) -> str:
    """Numbers are as a program reads them, whatever the host's settings: ids, values of fields, geometry.

    The filter `number` writes those that people read.
    """
    context = make_context(known, request)
    context.use_l10n = False
    return engine().get_template(FOLDER + template).template.render(context)


def is_part(request: HttpRequest, target: str) -> bool:
    """Whether only this element of the page is wanted."""
    return (
        request.headers.get("HX-Request") == "true"
        and request.headers.get("HX-Target") == target
        and "HX-History-Restore-Request" not in request.headers
    )


def page_behind(request: HttpRequest) -> str:
    """Path and query of the page that a part or a dialog is for; "" where that is none of ours.

    Its host does not matter: a proxy may have changed it.
    """
    try:
        parts = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:  # a header may say anything
        return ""
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return path if is_ours(path) else ""


def is_ours(address: str) -> bool:
    """Whether it is a path that leads to a page of the dashboard, and nowhere else."""
    root = reverse("jobs_dashboard:overview")
    return address.startswith(root) and url_has_allowed_host_and_scheme(address, allowed_hosts=None)


def _layout(request: HttpRequest, *, dialog: bool) -> str:
    if dialog:
        return "dialog.html" if is_part(request, DIALOG) else "dialog_page.html"
    return "main.html" if is_part(request, MAIN) else "full.html"


def done(request: HttpRequest, url: str) -> HttpResponse:
    """After an order: to the page that shows what came of it."""
    if "HX-Request" in request.headers:
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url, status=303)


def _messages(request: HttpRequest) -> list[Any]:
    """What came of orders, told once; a refresh in the background leaves it for the page."""
    if is_part(request, MAIN):
        return []
    return list(messages.get_messages(request)) if hasattr(request, "_messages") else []


@cache
def engine() -> DjangoTemplates:
    """Our own engine: with our tags, and those of Django for translations and static files."""
    builtins = [
        "django.templatetags.i18n",
        "django.templatetags.static",
        "django.templatetags.l10n",
        "jobs_api.dashboard.tags",
    ]
    return DjangoTemplates(
        {
            "NAME": "jobs_dashboard",
            "DIRS": [str(Path(__file__).parent.parent / "templates")],
            "APP_DIRS": False,
            "OPTIONS": {"builtins": builtins},
        }
    )
