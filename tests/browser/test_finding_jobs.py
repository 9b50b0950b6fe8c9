"""Finding jobs on the front page, and giving an order about all that were found."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.site import Site


def _jobs(page: Page) -> list[str]:
    ids: list[str] = page.locator("main tr[data-row]").evaluate_all("(rows) => rows.map((row) => row.id)")
    return [each.removeprefix("job-") for each in ids]


def test_the_filter_follows_what_one_types_and_is_in_the_address(visit: Visit) -> None:
    page = visit("/dashboard/")
    assert _jobs(page)[:4] == [
        "reconcile_payments",
        "sync_crm_contacts",
        "rebuild_search_index",
        "warm_report_cache",
    ]
    page.keyboard.press("/")
    page.keyboard.type("mail")
    expect(page.locator("main tr[data-row]")).to_have_count(4)
    expect(page).to_have_url(re.compile(r"/dashboard/\?q=mail$"))
    page.keyboard.type(" week")
    expect(page.locator("main tr[data-row]")).to_have_count(1)
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("#q")).to_have_value("mail week")
    page.reload()
    assert _jobs(page) == ["send_weekly_newsletter"]
    page.get_by_label("Owner", exact=True).select_option("payments")
    expect(page.get_by_text("No job fits this filter.")).to_be_visible()
    page.get_by_role("link", name="Clear").first.click()
    expect(page.locator("main tr[data-row]")).to_have_count(7)
    page.get_by_role("link", name=re.compile("Trouble 1")).click()
    expect(page.locator("main tr[data-row]")).to_have_count(1)
    assert _jobs(page) == ["reconcile_payments"]
    page.get_by_role("link", name="Copy link").click()
    copied = page.get_by_role("link", name="Copied")
    expect(copied).to_be_visible()
    shown = visit(str(copied.get_attribute("href")), "reader")
    assert _jobs(shown) == ["reconcile_payments"]
    expect(shown.locator(".zone summary")).to_contain_text("Europe/Berlin")
    expect(shown.get_by_role("button", name="Rerun")).to_have_count(0)


def test_an_order_about_all_that_a_filter_finds(visit: Visit, site: Site) -> None:
    page = visit("/dashboard/?tag=mail")
    bar = page.get_by_role("group", name="Selected jobs")
    expect(bar).to_be_hidden()
    page.get_by_label("Select send_daily_digest").check()
    expect(bar).to_contain_text("1 selected")
    page.get_by_label("All 4 in this filter").check()
    bar.get_by_role("button", name="Pause").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Pause 4 jobs")
    dialog.get_by_label("Reason").fill("The mail server moves")
    dialog.get_by_label(re.compile("Until somebody|resumes")).check()
    dialog.get_by_role("button", name="Pause 4 jobs").click()
    expect(page.get_by_role("link", name=re.compile("Paused 4"))).to_be_visible()
    row = page.locator("#why-send_daily_digest")
    expect(row).to_contain_text("Paused by mara since 08:42, until somebody resumes it.")
    expect(row).to_contain_text("The mail server moves")
    assert site.rows("SELECT COUNT(*) FROM jobs_api_jobpause WHERE comment = 'The mail server moves'") == [
        (4,)
    ]
