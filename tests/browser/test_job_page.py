"""The page of a job: durations that zoom, slots of a day, and what stays where there is no JavaScript."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.looks import JOB, ONLY_LONG

PICTURE = "document.querySelector('#durations-plot canvas').toDataURL()"


def _drag(page: Page, start: float, end: float) -> None:
    box = page.locator("#durations-plot .u-over").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * start, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * end, box["y"] + 40, steps=4)
    page.mouse.up()


def test_durations_zoom_take_the_theme_and_lead_to_a_run(visit: Visit) -> None:
    page = visit(JOB)
    expect(page.locator("#durations-plot canvas")).to_be_visible()
    expect(page.locator(".job-axes")).to_be_hidden()
    expect(page.get_by_text("last 96 runs")).to_be_visible()
    everything = page.get_by_role("button", name="Show all")
    expect(everything).to_be_hidden()
    _drag(page, 0.5, 0.8)
    expect(everything).to_be_visible()
    page.evaluate("window.jobs.refresh()")
    expect(everything).to_be_visible()  # a refresh in the background changes nothing of it
    everything.click()
    expect(everything).to_be_hidden()
    light = page.evaluate(PICTURE)
    page.get_by_label("Light, dark or as the system").click()
    page.get_by_label("Light, dark or as the system").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate(PICTURE) != light
    box = page.locator("#durations-plot .u-over").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.99, box["y"] + 14)
    expect(page.locator(".job-read")).to_contain_text("1 m 12 s · Run")
    page.mouse.click(box["x"] + box["width"] * 0.99, box["y"] + 14)
    page.wait_for_url(re.compile(r"/dashboard/runs/\d+/"))


@ONLY_LONG
def test_a_day_leads_to_its_slots_and_without_scripts_the_drawings_stay(visit: Visit) -> None:
    page = visit(JOB + "?range=30d", script=False)
    expect(page.locator(".job-axes use").first).to_be_attached()
    expect(page.locator(".job-axes")).to_be_visible()
    page.locator(".job-year-plot a").filter(has_text="Wed 25 Nov 2026").click()
    expect(page.locator("#slot-rows tr")).to_have_count(20)
    page.locator(".chips").get_by_role("link", name="Failed").click()
    expect(page.locator("#slot-rows tr")).to_have_count(1)
    page.get_by_role("link", name="All days").click()
    assert page.locator("#slot-rows tr").count() > 1
