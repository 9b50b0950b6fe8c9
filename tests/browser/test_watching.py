"""The watch notices what it is there for: otherwise no other test here would say anything."""

from playwright.sync_api import Page

from tests.browser import axe
from tests.browser.conftest import Visit
from tests.browser.watching import Watch

WRONG = {
    "console.error('it is broken')": "it is broken",
    "setTimeout(() => nothing.at.all)": "nothing is not defined",
    "document.body.setAttribute('style', 'color: red')": "style-src",
    "document.body.append(Object.assign(document.createElement('script'), {text: '1'}))": "script-src",
    "new Image().src = 'http://127.0.0.1:9/a.png'": "img-src",
    "void fetch('/dashboard/nowhere/')": "404 GET",
    "void fetch('http://127.0.0.1:9/').catch(() => 0)": "connect-src",
    "setTimeout(() => alert('hello'))": "A dialog: hello",
}
"""What a page might do, and how the watch tells it."""


def test_a_page_that_does_what_none_may_is_noticed(visit: Visit, watch: list[Watch]) -> None:
    page = visit()
    for script, noticed in WRONG.items():
        page.evaluate(f"() => {{ {script} }}")
        assert noticed in _faults(page, watch[0], noticed), script


def _faults(page: Page, watch: Watch, noticed: str) -> str:
    """What is noticed until this is, or for 20 seconds; and then forgotten.

    A violation is told twice, by the browser and by the page: the second may come after the next script.
    """
    for _ in range(800):
        page.wait_for_timeout(25)
        if noticed in " ".join(watch.faults()):
            break
    faults = " ".join(watch.faults())
    watch.faults().clear()
    return faults


def test_axe_finds_what_is_wrong(visit: Visit) -> None:
    page = visit()
    page.evaluate("document.querySelector('main').append(document.createElement('input'))")
    assert "label (" in " ".join(axe.violations(page))
