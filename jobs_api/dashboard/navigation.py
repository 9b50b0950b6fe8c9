"""What the head of every page shows: where one is, what is open, who looks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from jobs_api.dashboard.viewer import Viewer
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
    match, viewer = request.resolver_match, getattr(request, "jobs_viewer", None)
    here = "" if match is None else (match.url_name or "").split("_")[0]
    return {
        "request": request,
        "viewer": viewer,
        "host": request.get_host(),
        "section": OF.get(here, here),
        "sections": list(_sections(viewer)),
        "open_alerts": SimpleLazyObject(_open_alerts),
    }


def _sections(viewer: Viewer | None) -> Iterator[tuple[str, object, str, str]]:
    """Those that somebody may see."""
    for name, label, icon in SECTIONS:
        if name != "audit" or (viewer is not None and viewer.may_see_audit):
            yield name, label, icon, reverse(f"jobs_dashboard:{name}")


def _open_alerts() -> int:
    """How many incidents are open, up to `MOST`: one statement."""
    return len(Incident.objects.using(alias()).filter(closed_at=None).values_list("pk")[:MOST])
