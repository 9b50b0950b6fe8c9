"""What an operator does: pause, resume, backfill, run now, call from elsewhere, acknowledge."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import urllib.request

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.browser.looks import DESKTOP, PHONE, address
from tests.browser.site import Site
from tools.seed import serving

CACHE = "/dashboard/jobs/warm_report_cache/"
NEWEST_OF_CACHE = (
    "SELECT state FROM jobs_api_jobrun "
    "WHERE job_name = 'warm_report_cache' AND run_date LIKE '2026-11-26 07:30:%' ORDER BY id"
)
"""The run of its newest slot, which nobody has called for yet."""


def _order(page: Page, name: str) -> Locator:
    """Press a button that opens a dialog."""
    page.locator("main").get_by_role("link", name=name, exact=True).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    return dialog


@pytest.mark.parametrize(("size", "theme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_complaint_nobody_sees_who_paused(
    visit: Visit, site: Site, size: tuple[int, int], theme: str
) -> None:
    page = visit(CACHE, size=size, theme=theme)
    dialog = _order(page, "Pause")
    dialog.get_by_label("1 hour").check()
    expect(dialog).to_contain_text("2 slots will pass")
    dialog.get_by_label("Reason").fill("The reports move to new hosts")
    dialog.get_by_role("button", name="Pause until").click()
    shown_to_others = visit(CACHE, "reader", size=size, theme=theme)
    for each in (page, shown_to_others):
        expect(each.locator("main")).to_contain_text("The reports move to new hosts")
        expect(each.locator("main")).to_contain_text("mara")
        expect(each.locator("main .badge").first).to_contain_text("Paused")
    assert _call(site, "warm_report_cache")["outcome"] == "paused"
    resumption = _order(page, "Resume")
    resumption.get_by_role("button", name="Resume now").click()
    expect(page.locator("main .badge").first).not_to_contain_text("Paused")
    assert _call(site, "warm_report_cache")["outcome"] != "paused"


def test_a_backfill_shows_what_it_will_queue(visit: Visit, site: Site) -> None:
    page = visit("/dashboard/jobs/sync_crm_contacts/")
    dialog = _order(page, "Backfill")
    dialog.get_by_label("From").fill("2026-11-26T05:00")
    dialog.get_by_label("To", exact=True).fill("2026-11-26T08:30")
    queue = dialog.get_by_role("button", name="Queue 2 slots")
    expect(queue).to_be_enabled()
    rows = dialog.get_by_role("row")
    expect(rows.filter(has_text="06:20")).to_contain_text("queue")
    expect(rows.filter(has_text="07:20")).to_contain_text("skip")
    dialog.get_by_label("Reason").fill("The token had expired")
    queue.click()
    page.wait_for_url("**/jobs/sync_crm_contacts/**")
    expect(page.locator("main")).to_contain_text(re.compile("2 slots"))
    _call(site, "", "run-due")
    site.wait_for(
        "SELECT count(*) FROM jobs_api_jobrun WHERE trigger = 'backfill' AND state = 'succeeded'", 2
    )


def test_run_now_asks_for_what_the_job_takes(visit: Visit, site: Site) -> None:
    page = visit(CACHE)
    dialog = _order(page, "Run now")
    expect(dialog.get_by_label("Slot")).to_contain_text("08:30")
    dialog.get_by_label(re.compile("^Reports")).fill("revenue, churn")
    dialog.get_by_label("Reason").fill("The board meets")
    dialog.get_by_role("button", name="Run now").click()
    site.wait_for(NEWEST_OF_CACHE, "succeeded")
    run = site.newest("warm_report_cache")
    found = site.rows("SELECT options, comment, actor FROM jobs_api_jobrun WHERE id = ?", run)
    options, comment, actor = found[0]
    assert json.loads(str(options))["reports"] == ["revenue", "churn"]
    assert (comment, actor) == ("The board meets", "mara")


def test_the_curl_line_is_copied_and_works(visit: Visit, site: Site) -> None:
    page = visit(CACHE, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    line = page.evaluate("navigator.clipboard.readText()")
    assert f"{site.url}/api/jobs/warm_report_cache/run" in line
    assert serving.SECRET not in line
    if shutil.which("curl"):
        environment = {"CRON_SECRET": serving.SECRET, "NO_PROXY": "*", "PATH": "/usr/bin:/bin:/usr/local/bin"}
        answer = subprocess.run(["sh", "-c", line], env=environment, capture_output=True, check=True)
        assert json.loads(answer.stdout)["job"] == "warm_report_cache"
    else:
        _call(site, "warm_report_cache")
    site.wait_for(NEWEST_OF_CACHE, "succeeded")


def test_complaint_the_log_cannot_be_copied_over_http(visit: Visit, site: Site) -> None:
    """Nor a line to call: without https, browsers have no clipboard to write to."""
    page = visit(CACHE, foreign=True)
    assert page.evaluate("navigator.clipboard === undefined")
    line = page.locator("pre", has_text="curl").inner_text()
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    _is_pasted(page, line)
    page.goto(address(site, "/dashboard/runs/{failed}/"))
    log = page.locator("#output-text").inner_text()
    assert "Traceback" in log
    page.locator("[data-copy='#output-text']").click()
    expect(page.locator("[data-copy='#output-text']")).to_contain_text("Copied")
    _is_pasted(page, log)


def _is_pasted(page: Page, text: str) -> None:
    """A field takes the beginning, in one line."""
    search = page.locator("input[type=search]").first
    search.fill("")
    search.focus()
    page.keyboard.press("Control+V")
    pasted = "".join(search.input_value().split())
    assert len(pasted) > 60
    assert "".join(text.split()).startswith(pasted)


@pytest.mark.parametrize(("size", "theme"), [(DESKTOP, "dark"), (PHONE, "light")])
def test_an_alert_is_acknowledged(visit: Visit, site: Site, size: tuple[int, int], theme: str) -> None:
    page = visit("/dashboard/alerts/", size=size, theme=theme)
    failed = page.locator("[data-row]").filter(has_text="reconcile_payments").first
    expect(failed).to_contain_text("payments-oncall")  # which channel was told, and when
    failed.get_by_role("link", name="Acknowledge").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What you know").fill("I call Stripe")
    dialog.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("main")).to_contain_text("I call Stripe")
    query = "SELECT acknowledged_by FROM jobs_api_incident WHERE closed_at IS NULL AND kind = 'failed'"
    assert site.rows(query) == [("mara",)]


def _call(site: Site, job: str, path: str = "") -> dict[str, object]:
    """As an outside scheduler does."""
    caller = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    caller.addheaders = [("Authorization", f"Bearer {serving.SECRET}"), ("Prefer", "wait=20")]
    with caller.open(f"{site.url}/api/{path or f'jobs/{job}/run'}", b"", timeout=30) as answer:
        found: dict[str, object] = json.loads(answer.read())
        return found
