"""The page of a run: why it failed, what it writes now, and how it ends."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.looks import ONLY_LONG, PHONE
from tests.browser.site import Site
from tools.seed import serving

SOON = 15_000
"""Milliseconds, for what a run does meanwhile."""
LOOK = 2000
"""After which a page has looked for what was written."""


@ONLY_LONG
def test_read_why_it_failed_rerun_it_and_watch_it_succeed(visit: Visit, site: Site) -> None:
    site.repair()
    page = visit(f"/dashboard/runs/{site.ids()['failed']}/")
    trouble = page.locator(".trouble")
    expect(trouble).to_contain_text("ReadTimeout: api.stripe.example")
    expect(trouble.locator("details.frame[open] > summary").first).to_contain_text("bank.py")
    folded = trouble.get_by_text("It was raised while this one was handled:")
    folded.click()
    libraries = trouble.get_by_text("frames of Django and libraries, folded").filter(visible=True)
    libraries.click()
    expect(trouble.locator("pre.whole").filter(visible=True)).to_contain_text("site-packages/urllib3")
    _search(page)
    page.get_by_role("link", name="Rerun…").click()
    page.locator("dialog").get_by_label("Reason").fill("The service is back")
    page.locator("dialog").get_by_role("button", name="Rerun").click()
    expect(page.locator(".run-title .badge")).to_contain_text("attempt 4", timeout=SOON)
    page.evaluate("window.notLoadedAnew = true")
    expect(page.locator("#output-text")).to_contain_text("222 of 222 matched", timeout=SOON)
    expect(page.locator(".run-title .badge")).to_contain_text("Succeeded, attempt 4", timeout=SOON)
    expect(page.get_by_label("Follow")).to_be_hidden()
    expect(trouble).to_contain_text("Attempt 3 failed")
    expect(trouble.locator("details.frame").first).to_be_hidden()
    expect(page.locator("#trail")).to_contain_text("The service is back")
    assert page.evaluate("window.notLoadedAnew")


def _search(page: Page) -> None:
    """Find, go on, and be told that there is none."""
    field, hits = page.get_by_label("Search output"), page.locator("#output-hits")
    field.fill("URLLIB3")
    expect(hits).to_have_text(re.compile(r"1 of \d+"))
    field.press("Enter")
    expect(hits).to_have_text(re.compile(r"2 of \d+"))
    page.get_by_role("button", name="Previous match").click()
    expect(hits).to_have_text(re.compile(r"1 of \d+"))
    field.fill("nowhere")
    expect(hits).to_have_text("Not found")
    field.press("Escape")
    expect(hits).to_be_empty()
    page.get_by_label("Wrap").check()
    page.reload()
    expect(page.get_by_label("Wrap")).to_be_checked()


def test_output_goes_on_and_does_not_move_who_has_scrolled_up(visit: Visit, site: Site) -> None:
    run = int(site.ids()["running"])
    _write(site, run, "".join(f"\x1b[32mOK\x1b[0m line {number}\n" for number in range(200)) + "1 %\r5 %")
    page = visit(f"/dashboard/runs/{run}/")
    box, text = page.locator("#output-box"), page.locator("#output-text")
    expect(text).to_contain_text("line 199")
    assert _is_at_end(page)
    _write(site, run, " \r100 %\n<script>alert(1)</script>\n08:40:52 done\n", append=True)
    page.clock.fast_forward(LOOK)
    expect(text).to_contain_text("<script>alert(1)</script>", timeout=SOON)
    expect(text).not_to_contain_text("5 %")
    assert _is_at_end(page)
    box.hover()
    page.mouse.wheel(0, -500)
    expect(page.get_by_label("Follow")).not_to_be_checked()
    place = box.evaluate("(box) => box.scrollTop")
    _write(site, run, "and more\n" * 20, append=True)
    page.clock.fast_forward(LOOK)
    expect(text).to_contain_text("and more", timeout=SOON)
    assert box.evaluate("(box) => box.scrollTop") == place
    page.get_by_label("Follow").check()
    assert _is_at_end(page)
    page.get_by_role("checkbox", name="Times").uncheck()
    expect(text.get_by_text("08:40:52")).to_be_hidden()


def _is_at_end(page: Page) -> bool:
    script = "(box) => box.scrollHeight - box.scrollTop - box.clientHeight < 4"
    return bool(page.locator("#output-box").evaluate(script))


def _write(site: Site, run: int, text: str, *, append: bool = False) -> None:
    """As the holder of the run writes what its command has printed."""
    before = "output_head ||" if append else ""
    sized = f"UPDATE jobs_api_jobrun SET output_head = CAST({before} ? AS BLOB) WHERE id = ?"  # noqa: S608
    with closing(sqlite3.connect(site.folder / serving.DATABASE, timeout=20)) as connection, connection:
        connection.execute(sized, (text.encode(), run))
        connection.execute(
            "UPDATE jobs_api_jobrun SET output_size = length(output_head) WHERE id = ?", (run,)
        )


def test_output_is_copied_and_downloaded_and_read_without_script(visit: Visit, site: Site) -> None:
    path = f"/dashboard/runs/{site.ids()['failed']}/"
    page = visit(path, size=PHONE)
    copy = page.locator("[data-copy='#output-text']")
    copy.click()
    expect(copy).to_contain_text(re.compile("Copied|Selected"))
    with page.expect_download() as download:
        page.locator("#output").get_by_role("link", name="Download").click()
    assert re.fullmatch(r"reconcile_payments-run-\d+-attempt-3\.txt", download.value.suggested_filename)
    bare = visit(path + "?attempt=1", "reader", script=False)
    expect(bare.locator("#output-text")).to_contain_text("Traceback")
    expect(bare.locator("[data-copy]").filter(visible=True)).to_have_count(0)
    expect(bare.get_by_role("link", name="Rerun…")).to_have_count(0)
