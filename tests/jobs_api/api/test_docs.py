"""The pages for people: open, complete, and of this host alone."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import jobs_api.api
from jobs_api.api.responses import INSISTED, OUTCOMES
from jobs_api.exceptions import Problem
from tests.jobs_api.api.endpoints import ENDPOINTS


def kinds_of_problem(kind=Problem):
    for one in kind.__subclasses__():
        yield one
        yield from kinds_of_problem(one)


def slugs() -> set[str]:
    """Every problem type that the code can answer."""
    sources = "".join(path.read_text() for path in Path(jobs_api.api.__path__[0]).glob("*.py"))
    written = set(re.findall(r'problem_answer\(\s*request,\s*"([^"]+)"', sources))
    bad = {outcome for outcome, status in OUTCOMES.items() if status >= 400} | set(INSISTED)
    return written | {kind.slug for kind in kinds_of_problem()} | {name.replace("_", "-") for name in bad}


class Links(HTMLParser):
    """What a page would load or lead to, and whether it would run anything."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action", "srcset")]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


def looked_at(response) -> Links:
    assert response.status_code == 200
    assert response["Content-Type"] == "text/html; charset=utf-8"
    page = Links()
    page.feed(response.content.decode())
    return page


@pytest.fixture(
    params=["/api/docs", "/api/docs/", *(f"/api/docs/problems/{slug}" for slug in sorted(slugs()))]
)
def page(client, request):
    return looked_at(client.get(request.param))


def test_a_page_opens_without_token_and_runs_no_script(page):
    assert not page.tags & {"script", "iframe", "object", "embed", "link", "img"}
    assert page.handlers == []


def test_a_page_leads_to_no_other_host_and_nowhere_in_vain(client, page):
    assert all(link.startswith("/api/") for link in page.links)
    assert {client.get(link).status_code for link in page.links} <= {200}


def test_the_page_lists_every_endpoint_with_its_answers(client):
    text = client.get("/api/docs").content.decode()
    for endpoint in ENDPOINTS:
        assert endpoint.path.replace("{run}", "{run_id}") in text
    for slug in slugs():
        assert f'href="/api/docs/problems/{slug}"' in text


@pytest.mark.parametrize("kind", list(kinds_of_problem()), ids=lambda kind: kind.slug)
def test_the_page_of_a_problem_says_its_title_status_and_meaning(client, kind):
    text = client.get(f"/api/docs/problems/{kind.slug}/").content.decode()
    assert f"<h1>{kind.title}</h1>" in text
    assert f"HTTP status {kind.status}." in text
    assert len(kind.__doc__.split()) > 4


def test_a_problem_that_there_is_not_has_no_page(client):
    assert client.get("/api/docs/problems/no-such-thing").status_code == 404
