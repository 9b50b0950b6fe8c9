"""The pages, and how they may be looked at."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import pytest

from tests.browser.site import Site

DESKTOP, PHONE, ZOOMED = (1440, 1000), (390, 844), (720, 500)
"""Sizes; the last is a desktop at 200 %."""
LONG = bool(os.environ.get("BROWSER_LONG"))
"""Whether every look and story is tried: `make browser`."""
ONLY_LONG = pytest.mark.skipif(not LONG, reason="part of `make browser`")
"""A story of which `make test` tries another like it."""

JOB = "/dashboard/jobs/reconcile_payments/"
PAGES = {
    "overview": "/dashboard/",
    "job": JOB,
    "job-in-new-york": "/dashboard/jobs/cleanup_stale_drafts/",
    "run-failed": "/dashboard/runs/{failed}/",
    "run-running": "/dashboard/runs/{running}/",
    "runs": "/dashboard/runs/",
    "timeline": "/dashboard/timeline/",
    "alerts": "/dashboard/alerts/",
    "incident": "/dashboard/alerts/{incident}/",
    "sources": "/dashboard/sources/",
    "audit": "/dashboard/audit/",
    "help": "/dashboard/help/",
    "find": "/dashboard/find/?q=import",
}
"""The pages that are read, with the ids of what the seed has made."""


ORDERS = {
    "run-now": "/dashboard/jobs/warm_report_cache/run/",
    "pause": JOB + "pause/",
    "resume": "/dashboard/jobs/dunning_reminders/resume/",
    "backfill": JOB + "backfill/",
    "rerun": "/dashboard/runs/{failed}/rerun/",
    "cancel": "/dashboard/runs/{running}/cancel/",
    "acknowledge": "/dashboard/alerts/{incident}/acknowledge/",
    "mute": "/dashboard/alerts/mute/",
}
"""Those that give orders: dialogs, where there is JavaScript."""


def address(site: Site, path: str) -> str:
    """With the ids."""
    return path.format(**site.ids()) if "{" in path else path


class Look(NamedTuple):
    """How somebody looks at a page."""

    size: tuple[int, int]
    theme: str
    language: str = "en"

    @property
    def options(self) -> dict[str, Any]:
        """As `visit` takes them."""
        return {"size": self.size, "theme": self.theme, "language": self.language}


SIZES = {"desktop": DESKTOP, "tablet": (820, 1100), "phone": PHONE, "zoomed": ZOOMED}
EVERY = [
    pytest.param(Look(size, theme, language), id=f"{name}-{theme}-{language}")
    for name, size in SIZES.items()
    for theme in ("light", "dark")
    for language in ("en", "de")
]
FEW = [
    pytest.param(Look(DESKTOP, "light"), id="desktop-light-en"),
    pytest.param(Look(PHONE, "dark", "de"), id="phone-dark-de"),
]
LOOKS = EVERY if LONG else FEW
