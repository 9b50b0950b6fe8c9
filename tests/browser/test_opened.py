"""What is folded, or comes only when asked for, is as readable as the rest."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser import axe
from tests.browser.conftest import Visit
from tests.browser.looks import DESKTOP, JOB, ONLY_LONG, PHONE, address
from tests.browser.site import Site

UNFOLD = "() => document.querySelectorAll('details').forEach((each) => { each.open = true; })"


@ONLY_LONG
@pytest.mark.parametrize(("size", "theme"), [(DESKTOP, "dark"), (PHONE, "light")])
def test_what_is_opened_is_readable_too(visit: Visit, site: Site, size: tuple[int, int], theme: str) -> None:
    page = visit(JOB, size=size, theme=theme)
    wrong = _unfolded(page)
    page.reload()
    page.locator("main a[data-dialog]", has_text="Pause").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    wrong += axe.violations(page)
    page.goto(address(site, "/dashboard/runs/{failed}/"))
    wrong += _unfolded(page)
    page.goto("/dashboard/timeline/?view=table")
    wrong += _unfolded(page)
    for path in ("/dashboard/", "/dashboard/runs/"):
        page.goto(path)
        for box in page.locator("[data-select]").all()[:3]:
            box.check()
        wrong += axe.violations(page)
    assert not wrong, "\n".join(wrong)


def _unfolded(page: Page) -> list[str]:
    """All that is folded, at once; menus lie over each other then, so their places do not count."""
    page.evaluate(UNFOLD)
    return [each for each in axe.violations(page) if not each.startswith("target-size")]
