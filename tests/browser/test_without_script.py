"""Everything works without JavaScript: links, forms and full pages."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.looks import JOB, ONLY_LONG, PHONE
from tests.browser.site import Site


def test_filter_pages_and_zone(visit: Visit) -> None:
    page = visit("/dashboard/runs/", script=False)
    page.get_by_label("Owner").select_option("payments")
    page.locator(".filters-first").get_by_role("button", name="Show").click()
    expect(page.get_by_label("Owner")).to_have_value("payments")
    first = page.locator("[data-row]").first.get_attribute("id")
    page.get_by_role("link", name="Older").click()
    assert page.locator("[data-row]").first.get_attribute("id") != first
    expect(page.get_by_label("Owner")).to_have_value("payments")


def test_find_the_failed_run_and_rerun_it(visit: Visit, site: Site) -> None:
    site.repair()
    page = visit("/dashboard/runs/?state=failed", script=False, size=PHONE)
    page.locator("[data-row]").filter(has_text="reconcile_payments").first.locator("a[data-open]").click()
    page.wait_for_url("**/runs/*/")
    page.goto(page.url + "rerun/")
    page.get_by_label("Reason").fill("The service is back")
    page.get_by_role("button", name="Rerun 1 run").click()
    assert "/rerun/" not in page.url
    site.wait_for("SELECT count(*) FROM jobs_api_jobrun WHERE attempt = 4 AND state = 'succeeded'", 1)
    page.goto("/dashboard/runs/?job=reconcile_payments")
    expect(page.locator("[data-row]").first).to_contain_text("Succeeded")


@ONLY_LONG
def test_pause_with_an_end_and_resume(visit: Visit, site: Site) -> None:
    page = visit(JOB + "pause/", script=False, refusals={422})
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_label("Reason")).to_be_visible()  # it is needed, and says so
    assert _pauses(site) == []
    page.get_by_label("1 hour").check()
    page.get_by_label("Reason").fill("The bank is away")
    page.get_by_role("button", name="Pause").click()
    assert "/pause/" not in page.url
    assert _pauses(site) == [("mara", "The bank is away")]
    page.goto(JOB + "resume/")
    page.get_by_role("button", name="Resume now").click()
    assert _pauses(site) == []


def test_backfill_shows_its_slots_before_it_queues_them(visit: Visit, site: Site) -> None:
    page = visit("/dashboard/jobs/sync_crm_contacts/backfill/", script=False)
    _fill_range(page, "2026-11-26T06:00", "2026-11-26T07:00")
    page.get_by_role("button", name="Show the slots").click()
    expect(page.get_by_role("row").filter(has_text="06:20")).to_contain_text("queue")
    page.get_by_label("Reason").fill("The token had expired")
    page.get_by_role("button", name="Queue 1 slot").click()
    assert site.rows("SELECT count(*) FROM jobs_api_jobrun WHERE state = 'queued'") == [(1,)]


def _pauses(site: Site) -> list[tuple[object, ...]]:
    query = "SELECT actor, comment FROM jobs_api_jobpause WHERE job_name = ? AND ended_at IS NULL"
    return site.rows(query, "reconcile_payments")


def _fill_range(page: Page, start: str, end: str) -> None:
    page.get_by_label("From").fill(start)
    page.get_by_label("To", exact=True).fill(end)
