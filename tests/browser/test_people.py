"""Who sees what: the operator, the reader, and those who may see nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import APIResponse, expect

from tests.browser.conftest import Visit
from tests.browser.looks import ORDERS, PAGES, PHONE, address
from tests.browser.site import Site
from tools.seed.jobs import jobs

Ask = Callable[..., APIResponse]
SECRET = [job.name for job in jobs] + ["stripe", "sparkasse", "cron_job_org", "payments-oncall", "mara"]
"""Of what the data says, some words."""


def test_somebody_logs_in_and_comes_to_the_page_that_was_asked_for(visit: Visit) -> None:
    page = visit("/dashboard/runs/", user="")
    page.get_by_label("Username").fill("reader")
    page.get_by_label("Password").fill("seeded")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/dashboard/runs/")
    expect(page.get_by_text("read-only")).to_be_visible()


@pytest.mark.parametrize(("user", "status"), [("nobody", 403), ("", 302)])
def test_without_the_permission_no_page_shows_any_data(ask: Ask, site: Site, user: str, status: int) -> None:
    for name, path in {**PAGES, **ORDERS}.items():
        answer = ask(address(site, path), user)
        assert answer.status == status, name
        assert [word for word in SECRET if word in answer.text()] == [], name


def test_complaint_no_read_only_role(visit: Visit, ask: Ask, site: Site) -> None:
    before = site.rows("SELECT count(*), max(attempt) FROM jobs_api_jobrun")
    for name in ORDERS:
        path = address(site, ORDERS[name])
        assert ask(path, "reader").status == 403, name
        assert ask(path, "reader", method="POST", form={"reason": "let me"}).status == 403, name
    assert site.rows("SELECT count(*), max(attempt) FROM jobs_api_jobrun") == before
    page = visit("/dashboard/", "reader")
    expect(page.get_by_role("link", name="Audit", exact=True)).to_have_count(0)
    assert ask(PAGES["audit"], "reader").status == 403  # it has a permission of its own
    for name in PAGES.keys() - {"audit"}:
        page.goto(address(site, PAGES[name]))
        assert page.locator("main form[method=post], main a[data-dialog]").count() == 0, name


def test_who_may_not_come_in_is_told_what_is_missing(visit: Visit) -> None:
    page = visit("/dashboard/", "nobody", size=PHONE, refusals={403})
    expect(page.get_by_text("jobs_api.view_jobrun")).to_be_visible()
