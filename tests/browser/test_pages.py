"""Every page, looked at in several ways: nothing is wrong with it, and everybody can read it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser import axe
from tests.browser.conftest import Visit
from tests.browser.looks import LOOKS, ORDERS, PAGES, Look, address
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
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_and_everybody_can_read_it(visit: Visit, site: Site, name: str, look: Look) -> None:
    _is_whole(visit(address(site, PAGES[name]), **look.options))


@pytest.mark.parametrize("look", LOOKS)
def test_so_is_every_dialog_as_a_page_of_its_own(visit: Visit, site: Site, look: Look) -> None:
    page = visit("/dashboard/help/", **look.options)
    for path in ORDERS.values():
        page.goto(address(site, path))
        _is_whole(page)


def _is_whole(page: Page) -> None:
    found = axe.violations(page)
    assert not found, f"{page.url}\n" + "\n".join(found)
    assert page.evaluate(WIDER) == [], page.url
    headings = page.locator("h1, #dialog-title").all_inner_texts()
    assert len(headings) == 1, page.url
    assert headings[0].strip()
