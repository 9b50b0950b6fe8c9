"""Every page, looked at in several ways: nothing is wrong with it, and everybody can read it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser import axe
from tests.browser.conftest import Visit
from tests.browser.looks import LOOKS, PAGES, Look, address
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
    page = visit(address(site, PAGES[name]), **look.options)
    found = axe.violations(page)
    assert not found, "\n".join(found)
    assert page.evaluate(WIDER) == []
    assert _heading(page)


def _heading(page: Page) -> str:
    """The one heading of the first level."""
    headings = page.locator("h1").all_inner_texts()
    assert len(headings) == 1, headings
    return headings[0].strip()
