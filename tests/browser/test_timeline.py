"""The timeline with a mouse, with keys alone, and while it refreshes itself."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser import axe
from tests.browser.conftest import Visit
from tests.browser.looks import ONLY_LONG, PHONE
from tests.browser.site import Site

FAILED = "#job-reconcile_payments a:has(use[href='#t-failed']) >> nth=-1"


def middle(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@ONLY_LONG
def test_a_run_is_found_near_the_pointer_and_a_part_of_the_time_by_dragging(visit: Visit, site: Site) -> None:
    page = visit("/dashboard/timeline/")
    tip = page.locator("#tl-tip")
    x, y = middle(page, FAILED)
    page.mouse.move(x + 5, y)
    expect(tip).to_contain_text("08:00 · Failed · 1 m 12 s · ReadTimeout: api.stripe.example")
    page.mouse.move(x + 60, y)
    expect(tip).to_be_hidden()

    page.mouse.move(x - 40, y)
    page.mouse.down()
    page.mouse.move(x, y, steps=3)
    page.mouse.move(x + 20, y, steps=3)
    page.mouse.up()
    page.wait_for_url(re.compile("from=2026-11-26T05.*to=2026-11-26T07"))
    expect(page.locator("h1")).to_contain_text("Thu 26 Nov 06:")

    page.go_back()
    x, y = middle(page, FAILED)
    page.mouse.click(x - 5, y)
    page.wait_for_url(f"**/runs/{site.ids()['failed']}/")


def test_a_run_is_reached_with_keys_alone_on_the_row_and_in_the_table(visit: Visit, site: Site) -> None:
    page = visit("/dashboard/timeline/?q=reconcile")
    page.keyboard.press("j")
    expect(page.locator("#job-reconcile_payments")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#tl-tip")).to_contain_text("08:00 · Failed")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#tl-tip")).to_contain_text("07:00 · Failed")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/runs/{site.ids()['failed']}/")

    page.goto("/dashboard/timeline/?q=reconcile")
    page.keyboard.press("-")
    page.wait_for_url(re.compile("from=.*to="))
    page.get_by_role("link", name="As a table").click()
    page.wait_for_url(re.compile("view=table"))
    assert "from=" in page.url
    assert "q=reconcile" in page.url
    assert axe.violations(page) == []
    page.keyboard.press("j")
    expect(page.locator("[id^=slot-reconcile_payments]").first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs/*/")


@ONLY_LONG
def test_a_refresh_moves_nothing_under_the_hand(visit: Visit, site: Site) -> None:
    page = visit("/dashboard/timeline/", size=PHONE)
    page.locator("#tl-scroll").evaluate("each => each.scrollTo(60, 0)")
    page.locator("#job-reconcile_payments").evaluate("each => each.scrollIntoView()")
    where = "[scrollY, document.getElementById('tl-scroll').scrollLeft]"
    before = page.evaluate(where)
    page.mouse.move(*middle(page, FAILED))
    site.trigger("warm_report_cache")
    with page.expect_response(re.compile("/timeline/")):
        page.clock.run_for(11_000)
    expect(page.locator("#job-warm_report_cache .hidden")).not_to_contain_text("Late 1")
    assert page.evaluate(where) == before
    expect(page.locator("#tl-tip")).to_contain_text("08:00 · Failed")


def test_it_works_without_scripts(visit: Visit, site: Site) -> None:
    page = visit("/dashboard/timeline/", script=False)
    page.locator("#tl-filter [name=q]").fill("reconcile")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator(".tl-row")).to_have_count(1)
    page.locator("#tl-custom summary").click()
    page.locator("#tl-custom [name=from]").fill("2026-11-26T06:30")
    page.locator("#tl-custom [name=to]").fill("2026-11-26T08:30")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("h1")).to_have_text("Thu 26 Nov 06:30 to 08:30")
    run = site.ids()["failed"]
    page.locator(f"a[href$='/{run}/']").click()
    page.wait_for_url(f"**/runs/{run}/")
