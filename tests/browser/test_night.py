"""Woken at night, with a phone in hand; and what others' grids forget."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.looks import JOB, PHONE
from tests.browser.site import Site


def test_find_the_failed_job_read_why_rerun_it_and_see_it_succeed(visit: Visit, site: Site) -> None:
    page = visit(size=PHONE, theme="dark")
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 job failing")
    page.get_by_role("link", name="Open run").first.click()
    expect(page.locator(".trouble")).to_contain_text("ReadTimeout: api.stripe.example")
    expect(page.locator("#output-text")).to_contain_text("no answer after 20 s")
    site.repair()
    page.get_by_role("link", name="Rerun…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("Stripe answers again")
    dialog.get_by_role("button", name="Rerun 1 run").click()
    badge = page.locator(".run-title .badge")
    expect(badge).to_contain_text("Running, attempt 4", timeout=20_000)
    expect(badge).to_contain_text("Succeeded, attempt 4", timeout=20_000)
    page.get_by_role("link", name="Overview").last.click()
    job = page.locator("#job-reconcile_payments")
    expect(job).to_contain_text("OK")
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("failing")


def test_complaint_old_runs_vanish_from_the_grid(visit: Visit) -> None:
    page = visit("/dashboard/jobs/cleanup_stale_drafts/")
    days = page.locator("a[href^='?day=']")
    assert days.count() > 360
    failed = days.filter(has=page.locator("use[href='#d-failed']")).first
    day = re.search(r"day=(\d{4}-\d{2}-\d{2})", failed.get_attribute("href") or "")
    assert day
    page.goto(f"{page.url}?day={day[1]}")
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.locator("[data-row]")).to_contain_text("Failed")
    page.goto("/dashboard/jobs/cleanup_stale_drafts/?since=year")
    before = page.locator("[data-row]").first.get_attribute("id")
    page.get_by_role("link", name="Older runs").click()
    assert page.locator("[data-row]").first.get_attribute("id") != before
    page.goto("/dashboard/runs/?job=cleanup_stale_drafts&until=2026-01-01T00:00")
    expect(page.locator("[data-row]").first).to_contain_text("2025")


def test_complaint_no_future(visit: Visit) -> None:
    page = visit("/dashboard/timeline/")
    lane = page.locator("#job-send_invoices")
    expect(lane).to_contain_text("To come 1")
    expect(lane.locator(".tl-hollow")).to_have_count(1)
    expect(page.locator("#job-dunning_reminders")).to_contain_text("paused until Fri 09:00")
    page.goto(JOB)
    expect(page.locator("main")).to_contain_text(re.compile(r"Next\s+09:00, in 17 m"))
    page.goto("/dashboard/")
    expect(page.locator("#job-send_invoices")).to_contain_text("in 21 h")
