"""Orders in a dialog: what is refused stays, each is sent once, and what runs in its request is watched."""

from __future__ import annotations

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Visit
from tests.browser.looks import address
from tests.browser.site import Site


def _open(page: Page, path: str) -> None:
    page.evaluate("(path) => window.jobs.open(path)", path)
    expect(page.locator("dialog form.order")).to_be_visible()


def test_a_dialog_keeps_what_was_refused_and_sends_once_what_is_not(visit: Visit, site: Site) -> None:
    page = visit("/dashboard/runs/?job=warm_report_cache", refusals={422})
    _open(page, "/dashboard/jobs/import_bank_statements/run/")
    days = page.get_by_label("Days")
    days.fill("99")
    days.press("Enter")
    expect(page.get_by_text("less than or equal to 31")).to_be_visible()
    expect(days).to_be_focused()
    expect(days).to_have_value("99")
    page.keyboard.press("Escape")
    _open(page, "/dashboard/jobs/dunning_reminders/pause/")
    button = page.locator("#order-button")
    expect(button).to_have_text("Pause until Fri 09:00")
    page.get_by_label("A time of my own").first.check()
    page.get_by_label("A time of my own, in Europe/Berlin").fill("2026-11-27T10:00")
    expect(button).to_have_text("Pause until Fri 10:00")
    expect(page.get_by_text("2 slots will pass:")).to_be_visible()
    page.get_by_role("dialog").get_by_label("Reason").fill("New texts")
    button.dblclick()
    expect(page.get_by_text("dunning_reminders is paused until Fri 27 Nov 10:00.")).to_be_visible()
    assert page.url.endswith("/dashboard/runs/?job=warm_report_cache")
    query = "SELECT count(*) FROM jobs_api_auditentry WHERE action = 'pause' AND reason = 'New texts'"
    assert site.rows(query) == [(1,)]


def test_nobody_is_left_in_doubt_where_no_answer_comes(visit: Visit, site: Site) -> None:
    page = visit("/dashboard/help/", refusals={404})
    rerun = address(site, "/dashboard/runs/{failed}/rerun/")
    waiting: list[Route] = []
    _open(page, rerun)
    page.route("**/rerun/", lambda route: route.abort())
    button = page.get_by_role("button", name="Rerun 1 run")
    button.click()
    expect(page.get_by_text("nobody knows whether it was done")).to_be_visible()
    page.unroute_all()
    page.route("**/rerun/", lambda route: waiting.append(route))  # a command that runs in the request
    page.locator("form.order").evaluate("(form) => { form.dataset.inline = '1'; }")
    button.click()
    page.wait_for_url("**" + rerun.removesuffix("rerun/"))
    waiting.pop().abort()
    page.evaluate("void window.jobs.open('/dashboard/jobs/no_such_job/run/')")
    page.wait_for_url("**/no_such_job/run/")
    expect(page.get_by_text("There is no job of this name.")).to_be_visible()
