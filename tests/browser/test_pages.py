"""Every page, looked at in several ways: nothing is wrong with it, and everybody can read it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser import axe
from tests.browser.conftest import Visit
from tests.browser.looks import LOOKS, ORDERS, PAGES, ZOOMED, Look, address
from tests.browser.site import Site

WIDER = """() => {
  const most = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= most) return [];
  const all = [...document.querySelectorAll("body *")];
  const out = all.filter((each) => each.getBoundingClientRect().right > most + 1);
  return out.slice(0, 5).map((each) => each.outerHTML.slice(0, 120));
}"""
"""What is wider than the page, if the page can be scrolled sideways."""


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_whole_and_everybody_can_read_it(visit: Visit, site: Site, look: Look) -> None:
    page = visit("/dashboard/help/", **look.options)
    wrong: list[str] = []
    for path in (*PAGES.values(), *ORDERS.values()):
        page.goto(address(site, path))
        wrong += [f"{page.url}: {each}" for each in (*axe.violations(page), *_shape(page))]
    assert not wrong, "\n".join(wrong)


def test_no_page_is_scrolled_sideways_at_200_percent(visit: Visit, site: Site) -> None:
    page = visit("/dashboard/help/", size=ZOOMED)
    wrong: list[str] = []
    for path in PAGES.values():
        page.goto(address(site, path))
        wrong += [f"{page.url}: {each}" for each in _shape(page)]
    assert not wrong, "\n".join(wrong)


def _shape(page: Page) -> list[str]:
    """What is wrong with its width, and its heading."""
    wrong: list[str] = page.evaluate(WIDER)
    headings = [text.strip() for text in page.locator("h1, #dialog-title").all_inner_texts()]
    return wrong + ([] if len(headings) == 1 and headings[0] else [f"Headings: {headings}"])
