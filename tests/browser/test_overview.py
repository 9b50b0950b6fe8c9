"""The front page: five seconds for whether the night went well, and what to do next."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.browser.looks import DESKTOP, ONLY_LONG, PHONE
from tests.browser.site import Site

RED, AMBER = {"light": "rgb(179, 38, 13)", "dark": "rgb(255, 146, 124)"}, {"light": "rgb(131, 82, 0)"}


def _row(page: Page, job: str) -> Locator:
    return page.locator(f"[data-row]#job-{job}")


def _colour(place: Locator) -> str:
    colour: str = place.evaluate("(element) => getComputedStyle(element).color")
    return colour


@pytest.mark.parametrize(("size", "theme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_five_seconds_tell_whether_the_night_went_well(
    visit: Visit, size: tuple[int, int], theme: str
) -> None:
    page = visit(size=size, theme=theme)
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text(re.compile(r"Last night: \d+ of 203 slots succeeded"))
    expect(heading).to_contain_text("1 job failing")
    expect(page.get_by_text("1 source silent")).to_be_in_viewport()
    first = page.locator("[data-row]").first
    expect(first).to_contain_text("reconcile_payments")
    expect(first).to_contain_text("Failing")
    assert _colour(first.locator(".state")) == RED[theme]
    expect(page.get_by_text("ReadTimeout: api.stripe.example").first).to_be_visible()
    expect(page.get_by_role("link", name="Open run").first).to_be_visible()


@pytest.mark.parametrize(("size", "theme"), [(DESKTOP, "dark"), (PHONE, "light")])
def test_a_source_that_stopped_is_red_though_the_jobs_still_run(
    visit: Visit, size: tuple[int, int], theme: str
) -> None:
    page = visit(size=size, theme=theme)
    silent = page.locator(".sources").get_by_role("row").filter(has_text="cron_job_org")
    expect(silent).to_contain_text("Silent 3 h 02 m")
    expect(silent).to_contain_text("05:40")
    expect(silent).to_be_in_viewport()
    assert _colour(silent.locator(".state")) == RED[theme]
    silent.get_by_role("link", name="cron_job_org").click()
    page.wait_for_url("**/sources/*")
    expect(page.get_by_text("cron_job_org").first).to_be_in_viewport()


def test_complaint_late_is_shown_as_failed(visit: Visit) -> None:
    page = visit()
    state = _row(page, "warm_report_cache").locator(".state")
    expect(state).to_have_text("Late")
    assert _colour(state) == AMBER["light"]
    expect(page.get_by_text("nobody has called").first).to_contain_text("Counts as missed at 08:45")


def test_complaint_colour_alone_tells_the_state(visit: Visit) -> None:
    """Each state has a shape of its own, also where a screen shows no colours; and a word."""
    page = visit(size=DESKTOP)
    symbols = page.locator("symbol[id^='s-']").evaluate_all(
        "(all) => all.map((each) => [each.id, each.innerHTML])"
    )
    shapes = {name: re.sub(r'class="[^"]*"|\s', "", shape) for name, shape in symbols}
    assert len(shapes) >= 10
    assert len(set(shapes.values())) == len(shapes)
    strips = page.locator("svg.strip").evaluate_all(
        "(all) => all.map((each) => each.getAttribute('aria-label'))"
    )
    assert len(strips) == 24
    assert [words for words in strips if not re.search(r"\d+ succeeded", words)] == []
    words: dict[str, set[str]] = {}
    for badge in page.locator("[data-row] .state").all():
        icon = badge.locator("use").get_attribute("href") or ""
        words.setdefault(icon, set()).add(badge.inner_text().strip())
    assert sorted(len(each) for each in words.values()) == [1] * 7


def test_the_filter_is_in_the_address(visit: Visit) -> None:
    page = visit()
    page.locator("#chip-trouble").click()
    page.get_by_label("Tag", exact=True).select_option("search")
    page.wait_for_url(re.compile(r"(?=.*show=trouble)(?=.*tag=search)"))
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(2)
    page.reload()
    expect(rows).to_have_count(2)
    page.goto("/dashboard/?q=newsletter")
    expect(rows).to_have_count(1)
    page.goto("/dashboard/?q=nothing-is-called-so")
    expect(rows).to_have_count(0)
    expect(page.locator("main")).to_contain_text("nothing-is-called-so")


@ONLY_LONG
def test_by_keyboard_alone(visit: Visit, site: Site) -> None:
    page = visit()
    page.keyboard.press("/")
    page.keyboard.type("bank_state")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=bank_state**")
    expect(page.locator("[data-row]")).to_have_count(1)
    page.keyboard.press("Escape")
    page.locator("main").focus()
    page.keyboard.press("j")
    expect(_row(page, "import_bank_statements")).to_be_focused()
    page.keyboard.press("x")
    expect(page.get_by_label("Select import_bank_statements")).to_be_checked()
    page.keyboard.press("x")
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs/import_bank_statements/")
    page.keyboard.press("g")
    page.keyboard.press("o")
    page.wait_for_url("**/dashboard/")
    dialog = page.get_by_role("dialog")
    rerun = page.locator("main a[data-dialog]", has_text="Rerun").first
    rerun.focus()
    page.keyboard.press("Enter")
    expect(dialog.locator(":focus")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(rerun).to_be_focused()
    page.locator("main").focus()
    page.keyboard.press("?")
    expect(dialog).to_contain_text("Next or previous row")
    dialog.get_by_label("Single keys are shortcuts").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("j")
    expect(page.locator("[data-row]:focus")).to_have_count(0)
    page.reload()
    page.keyboard.press("j")
    expect(page.locator("[data-row]:focus")).to_have_count(0)


def test_complaint_only_the_page_is_selected(visit: Visit, site: Site) -> None:
    page = visit("/dashboard/runs/?state=failed")
    page.get_by_label("Select all runs on this page").check()
    shown = page.locator("[data-row]").count()
    page.locator("[data-whole-filter]").check()
    page.get_by_role("button", name="Rerun…").click()
    dialog = page.get_by_role("dialog")
    number = int(
        str(site.rows("SELECT count(*) FROM jobs_api_jobrun WHERE state='failed' AND reason!='lost'")[0][0])
    )
    assert number > shown
    expect(dialog.get_by_role("button", name=f"Rerun {number} runs")).to_be_enabled()
    expect(dialog).to_contain_text("not only this page")
