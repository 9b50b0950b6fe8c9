"""What the head of every page shows: where one is, what is open, who looks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from jobs_api.database import alias
from jobs_api.models import Incident

SECTIONS = (
    ("overview", _("Overview"), "list"),
    ("timeline", _("Timeline"), "timeline"),
    ("runs", _("Runs"), "play"),
    ("alerts", _("Alerts"), "bell"),
    ("audit", _("Audit"), "book"),
)
OF = {"job": "overview", "run": "runs", "incident": "alerts"}
"""Which section a page belongs to that is none itself."""
MOST = 100
"""So many open incidents are counted."""


def context(request: HttpRequest) -> dict[str, Any]:
    """The variables of every template."""
    match = request.resolver_match
    here = "" if match is None else (match.url_name or "").split("_")[0]
    return {
        "request": request,
        "viewer": getattr(request, "jobs_viewer", None),
        "host": request.get_host(),
        "section": OF.get(here, here),
        "sections": list(_sections()),
        "open_alerts": SimpleLazyObject(_open_alerts),
    }


def _sections() -> Iterator[tuple[str, object, str, str]]:
    for name, label, icon in SECTIONS:
        yield name, label, icon, reverse(f"jobs_dashboard:{name}")


def _open_alerts() -> int:
    """How many incidents are open, up to `MOST`: one statement."""
    return len(Incident.objects.using(alias()).filter(closed_at=None).values_list("pk")[:MOST])
