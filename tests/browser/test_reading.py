"""Reading lists: nothing moves under one's eyes, and what is seen can be shown to others."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.site import Site

REFRESH = 11_000
"""Milliseconds after which a page has looked for changes."""


def _rows(page: Page) -> list[str]:
    ids: list[str] = page.locator("main [data-row]").evaluate_all("(rows) => rows.map((row) => row.id)")
    return ids


def test_complaint_live_updates_jump_while_reading(visit: Visit, site: Site) -> None:
    page = visit("/dashboard/runs/")
    before = _rows(page)
    for _ in range(3):
        page.keyboard.press("j")
    focused = page.locator("[data-row]:focus")
    place = focused.bounding_box()
    site.trigger("warm_report_cache")
    page.clock.fast_forward(REFRESH)
    changes = page.get_by_role("button", name=re.compile(r"changes?, show"))
    expect(changes).to_be_visible()
    assert _rows(page) == before
    expect(focused).to_have_id(before[2])
    assert focused.bounding_box() == place
    changes.click()
    expect(page.locator("main [data-row]").first).to_contain_text("warm_report_cache")
    expect(changes).to_have_count(0)


def test_what_nobody_reads_refreshes_by_itself(visit: Visit, site: Site) -> None:
    page = visit("/dashboard/runs/")
    site.trigger("warm_report_cache")
    page.clock.fast_forward(REFRESH)
    expect(page.locator("main [data-rows]")).to_contain_text("warm_report_cache")


def test_complaint_the_filter_is_lost_on_reload(visit: Visit) -> None:
    page = visit("/dashboard/runs/")
    page.get_by_role("link", name="Failed", exact=True).click()
    page.get_by_label("Tag").select_option("billing")
    page.wait_for_url(re.compile(r"(?=.*state=failed)(?=.*tag=billing)"))
    found = _rows(page)
    assert 0 < len(found) < 50
    page.reload()
    assert _rows(page) == found
    shown_to_another = visit(page.url, "reader")
    assert _rows(shown_to_another) == found
    expect(shown_to_another.get_by_label("Tag")).to_have_value("billing")


def test_complaint_times_in_a_zone_one_has_to_guess(visit: Visit) -> None:
    page = visit("/dashboard/runs/")
    expect(page.locator(".zone summary")).to_contain_text("Europe/Berlin")
    titles = page.locator("main time[datetime]").evaluate_all("(all) => all.map((time) => time.title)")
    assert titles
    assert [title for title in titles if "/" not in title] == []
    page.locator(".zone summary").click()
    page.get_by_label("Zone of all times").fill("America/New_York")
    page.get_by_role("button", name="Show", exact=True).first.click()
    page.wait_for_url(re.compile("tz=America"))
    expect(page.locator(".zone summary")).to_contain_text("America/New_York")
    expect(page.locator("main [data-row] time").first).to_contain_text("02:40")
    page.goto("/dashboard/runs/?tz=Asia/Tokyo")  # a link of somebody else: only this page is in it
    expect(page.locator(".zone summary")).to_contain_text("Asia/Tokyo")
    page.goto("/dashboard/runs/")
    expect(page.locator(".zone summary")).to_contain_text("America/New_York")


def test_a_server_that_refuses_or_hangs_is_told_with_the_time_of_what_is_shown(visit: Visit) -> None:
    page = visit()
    page.evaluate("() => { window.own = AbortSignal.timeout }")
    live, told = page.locator("#live"), page.locator("#trouble")
    for broken in (lambda route: route.abort(), lambda route: None):
        page.evaluate("() => { AbortSignal.timeout = () => window.own.call(AbortSignal, 50) }")
        page.route("**/dashboard/", broken)
        page.evaluate("() => void window.jobs.refresh()")
        expect(told).to_contain_text("No answer.")
        expect(told).to_contain_text(page.locator("[data-clock]").inner_text())
        expect(live).to_have_attribute("data-state", "stale")
        page.unroute_all(behavior="ignoreErrors")
        page.evaluate("() => { AbortSignal.timeout = window.own }")
        page.get_by_role("button", name="Try again").click()
        expect(told).to_have_count(0)
        expect(live).to_have_attribute("data-state", "live")
