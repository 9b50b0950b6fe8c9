"""The first day: three steps, why a call was refused, and a page that changes with the first call."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser import axe
from tests.browser.conftest import Visit
from tests.browser.looks import PHONE
from tests.browser.site import Site
from tools.seed import emptying


def test_three_steps_until_somebody_calls(visit: Visit, site: Site) -> None:
    emptying.empty(site.folder)
    page = visit()
    expect(page.get_by_role("heading", level=1)).to_contain_text("24 jobs")
    expect(page.locator("main")).to_contain_text("/api/run-due")
    expect(page.locator("main")).to_contain_text("203.0.113.9")
    expect(page.locator("main")).to_contain_text("The token is not valid.")
    assert axe.violations(page) == []
    assert axe.violations(visit(size=PHONE, theme="dark")) == []
    for path in ("runs", "timeline", "alerts", "audit", "sources", "jobs/send_invoices"):
        page.goto(f"/dashboard/{path}/")
        assert axe.violations(page) == [], path
    page.goto("/dashboard/")
    site.trigger("log_heartbeat")
    page.clock.fast_forward(11_000)
    expect(page.locator("#job-log_heartbeat")).to_contain_text("OK")
    for language in (
        "en",
        "de",
    ):  # the others have not run: the word fits its column
        page = visit("/dashboard/?show=not_run", language=language)
        state = page.locator("#job-send_invoices .c-state")
        expect(state).to_have_text({"en": "Not run yet", "de": "Kein Lauf"}[language])
        assert state.evaluate("cell => cell.scrollWidth <= cell.clientWidth")
        assert axe.violations(page) == []
