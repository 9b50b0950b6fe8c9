"""Who comes in, and who does not."""

from playwright.sync_api import expect

from tests.browser.conftest import Visit


def test_somebody_logs_in_and_comes_to_the_page_that_was_asked_for(visit: Visit) -> None:
    page = visit("/dashboard/runs/", user="")
    page.get_by_label("Username").fill("reader")
    page.get_by_label("Password").fill("seeded")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/dashboard/runs/")
    expect(page.get_by_text("read-only")).to_be_visible()
