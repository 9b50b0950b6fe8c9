"""One server and one browser per test process; each test has a context of its own.

These tests use no database of Django: the server has its own. So they run once, with those of SQLite.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Protocol

import pytest
from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.looks import DESKTOP
from tests.browser.site import NAME, Site, running
from tests.browser.watching import Watch
from tools import chromium
from tools.seed import MORNING, serving
from tools.seed.locking import locked

PATIENCE = 20_000
"""Milliseconds; Playwright's own five seconds are short where two processors serve four such tests."""
expect.set_options(timeout=PATIENCE)


class Visit(Protocol):
    """Opens a page as somebody."""

    def __call__(self, path: str = "/dashboard/", user: str = "mara", **look: Any) -> Page: ...


@pytest.fixture(scope="package")
def program() -> str:
    """Chromium. Without it, these tests are skipped; in CI they fail."""
    found = chromium.find()
    if found is None and os.environ.get("CI"):
        pytest.fail(chromium.MISSING)
    return found or pytest.skip(chromium.MISSING)


@pytest.fixture(scope="package")
def browser(program: str, site: Site) -> Iterator[Browser]:
    """The browser. Not longer than for these tests: its loop would look to Django like that of async code."""
    port = site.url.rpartition(":")[2]
    arguments = [*chromium.arguments(), f"--host-resolver-rules=MAP {NAME}:80 127.0.0.1:{port}"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def site(program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The server, with data that the first of the test processes has made for all."""
    together = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        together = together.parent
    filled = together / "seed"
    with locked(together / "seed.lock"):
        if not (filled / "done").exists():
            serving.fill(filled)
            (filled / "done").touch()
    with running(filled, tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(autouse=True)
def as_new(site: Site) -> None:
    """Each test begins on the same morning."""
    site.renew()


@pytest.fixture
def ask(browser: Browser, site: Site) -> Iterator[Callable[..., APIResponse]]:
    """``ask("/dashboard/", "reader")``: the answer alone, which no browser follows."""
    opened: list[BrowserContext] = []

    def send(path: str, user: str = "", method: str = "GET", **more: Any) -> APIResponse:
        context = browser.new_context(base_url=site.url)
        opened.append(context)
        if user:
            context.add_cookies(site.cookies(user))  # type: ignore[arg-type]
        return context.request.fetch(path, method=method, max_redirects=0, **more)

    yield send
    for context in opened:
        context.close()


@pytest.fixture
def watch() -> list[Watch]:
    """Those of the contexts that a test has opened; a test may allow them a status."""
    return []


@pytest.fixture
def visit(browser: Browser, site: Site, watch: list[Watch]) -> Iterator[Visit]:
    """``visit("/dashboard/", "reader", size=PHONE, theme="dark", script=False, language="de")``.

    At the end, the test fails for whatever no page may do: see `watching`.
    """
    contexts: list[BrowserContext] = []

    def open_page(path: str = "/dashboard/", user: str = "mara", **look: Any) -> Page:
        refusals = look.pop("refusals", set())
        base = f"http://{NAME}" if look.pop("foreign", False) else site.url
        context = _context(browser, base, **look)
        contexts.append(context)
        watch.append(Watch(context, {NAME, site.url.rpartition("/")[2]}))
        watch[-1].refusals |= refusals
        if user:
            context.add_cookies([{**cookie, "url": base} for cookie in site.cookies(user)])  # type: ignore[list-item]
        page = context.new_page()
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [fault for each in watch for fault in each.faults()] == []


def _context(
    browser: Browser,
    base: str,
    *,
    size: tuple[int, int] = DESKTOP,
    theme: str = "light",
    script: bool = True,
    language: str = "en",
    at: datetime = MORNING,
    **options: Any,
) -> BrowserContext:
    context = browser.new_context(
        base_url=base,
        viewport={"width": size[0], "height": size[1]},
        color_scheme=theme,  # type: ignore[arg-type]
        java_script_enabled=script,
        locale={"en": "en-GB", "de": "de-DE"}[language],
        timezone_id="Europe/Berlin",
        reduced_motion="reduce",
        **options,
    )
    context.set_default_timeout(PATIENCE)
    if script:
        context.clock.install(time=at)
    return context
