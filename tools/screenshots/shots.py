"""Which pictures there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from playwright.sync_api import Page

DESKTOP, PHONE = (1440, 1000), (390, 844)
Act = Callable[[Page], object]


def _nothing(page: Page) -> None:
    pass


def _press(name: str) -> Act:
    def press(page: Page) -> None:
        page.locator("main a[data-dialog]", has_text=name).first.click()
        page.locator("dialog[open] form").wait_for()

    return press


class Shot(NamedTuple):
    """One picture, in each of its sizes and themes."""

    name: str
    path: str
    """With {running} and {failed}, which are the ids of two runs."""
    height: int = DESKTOP[1]
    phone: bool = True
    act: Act = _nothing
    """What is done before the picture is taken."""


RECONCILE = "/dashboard/jobs/reconcile_payments/"
SHOTS = (
    Shot("overview", "/dashboard/"),
    Shot("job", RECONCILE, height=1184),
    Shot("run", "/dashboard/runs/{running}/", height=1044),
    Shot("failed", "/dashboard/runs/{failed}/", height=1044),
    Shot("timeline", "/dashboard/timeline/", height=914),
    Shot("runs", "/dashboard/runs/"),
    Shot("alerts", "/dashboard/alerts/", height=900),
    Shot("audit", "/dashboard/audit/", height=760),
    Shot("pause", "/dashboard/jobs/send_invoices/", act=_press("Pause"), phone=False),
    Shot("backfill", RECONCILE, act=_press("Backfill"), phone=False),
)
