"""Which pictures there are."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from playwright.sync_api import Page

DESKTOP, PHONE = (1440, 1000), (390, 844)
Act = Callable[[Page], object]


def _nothing(page: Page) -> None:
    pass


def _press(name: str, *fields: tuple[str, str]) -> Act:
    def press(page: Page) -> None:
        page.locator("main a[data-dialog]", has_text=name).first.click()
        dialog = page.locator("dialog[open]")
        dialog.locator("form").wait_for()
        for label, value in fields:
            dialog.get_by_label(re.compile(rf"^{label}\b")).fill(value)
        page.wait_for_timeout(800)  # for the preview

    return press


def _bulk(page: Page) -> None:
    page.locator("[data-select-all]").check()
    page.locator("[data-whole-filter]").check()
    page.get_by_role("button", name="Rerun…").click()
    dialog = page.locator("dialog[open]")
    dialog.locator("form").wait_for()
    dialog.get_by_label("Reason").fill("The mail provider is back")


class Shot(NamedTuple):
    """One picture, in each of its sizes and themes."""

    name: str
    path: str
    """With {running} and {failed}, which are the ids of two runs."""
    height: int = DESKTOP[1]
    phone: bool = True
    act: Act = _nothing
    """What is done before the picture is taken."""
    empty: bool = False
    """Whether it is the first day; these come last."""


SYNC = "/dashboard/jobs/sync_crm_contacts/"
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
    Shot("week", "/dashboard/timeline/?range=week", height=914, phone=False),
    Shot("sources", "/dashboard/sources/", height=900),
    Shot("incident", "/dashboard/alerts/{incident}/", height=760, phone=False),
    Shot(
        "pause",
        "/dashboard/jobs/send_invoices/",
        act=_press("Pause", ("Reason", "The templates change")),
        phone=False,
    ),
    Shot(
        "backfill",
        SYNC,
        act=_press("Backfill", ("From", "2026-11-26T04:00"), ("Reason", "The token had expired")),
        phone=False,
    ),
    Shot("bulk", "/dashboard/runs/?state=failed", act=_bulk, phone=False),
    Shot("first-day", "/dashboard/", height=780, empty=True, phone=False),
)
