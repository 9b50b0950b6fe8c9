"""Who looks at the dashboard, and the addresses of its pages."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from tests.jobs_api.admin.pages import person


def at(name: str, *args: Any) -> str:
    """The address of a page, such as "overview", or "run" with its id."""
    return reverse(f"jobs_dashboard:{name}", args=args)


def reader(**fields: Any) -> Client:
    """The browser of somebody who may look."""
    return person("view_jobrun", **fields)


def operator(**fields: Any) -> Client:
    """The browser of somebody who may also act."""
    return person("view_jobrun", "operate_jobrun", **fields)


PART = {"HX-Request": "true", "HX-Target": "main"}
"""The headers of a page that refreshes itself."""
DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}
"""The headers of a form that is loaded into a dialog."""
