"""Each page is in one language: that of the browser, or that of the project."""

from __future__ import annotations

import re
from html import unescape

import polib
import pytest
from django.test import override_settings
from django.utils import timezone

from jobs_api.runs import pausing
from tests.databases import ONE_DATABASE
from tests.jobs_api.admin.pages import person
from tests.jobs_api.alerts.making import incident
from tests.jobs_api.dashboard.people import at
from tests.jobs_api.dashboard.run_stories import failed, running
from tools.translations import LOCALE

pytestmark = [pytest.mark.django_db, ONE_DATABASE]
GERMAN = {"Accept-Language": "de-CH,de;q=0.8,en;q=0.3"}
MAY = ("view_jobrun", "operate_jobrun", "view_auditentry")
MOMENT = "2026-11-20 04:00 CET"
BLIND = re.compile(r"<(pre|code|script)\b.*?</\1>|<[^>]*>", re.DOTALL)


@pytest.fixture
def pages(declare):
    """The addresses of all kinds of pages, with something on each."""
    job, paused = declare(), declare(name="weekly")
    run, other = failed(job), running(declare(name="hourly"))
    wrong = incident(run=run.pk, detail=f"The slot {MOMENT} failed (error), and so had the slot before.")
    pausing.pause(paused, actor="mara", comment="-", at=timezone.now())
    lists = ["overview", "timeline", "runs", "alerts", "audit", "sources", "help", "find"]
    return [
        *map(at, lists),
        at("job", job.name),
        at("job", paused.name),
        at("job", "nothing"),
        *(at("job", job.name) + f"{order}/" for order in ("run", "pause", "backfill")),
        at("job", paused.name) + "resume/",
        at("run", run.pk),
        at("run", run.pk) + "rerun/",
        at("run", other.pk),
        at("run", other.pk) + "cancel/",
        at("incident", wrong.pk),
        at("incident", wrong.pk) + "acknowledge/",
        at("alerts") + "mute/",
        at("runs") + "?state=x&since=never",
    ]


@pytest.fixture(scope="module")
def catalogue():
    return polib.pofile(str(LOCALE / "de/LC_MESSAGES/django.po"))


@pytest.fixture(scope="module")
def english(catalogue):
    """Whole texts that a German page must not show."""
    texts = {each.msgid for each in catalogue if each.msgstr != each.msgid and "%" not in each.msgid}
    # A lone word such as "failed" is also the name of a state, in an attribute.
    return {text for text in texts if len(text) > 3 and "<" not in text and (" " in text or text.istitle())}


@pytest.fixture(scope="module")
def begins(catalogue):
    """How those begin that have a name or a number in them."""
    found = {each.msgid.partition("%(")[0] for each in catalogue if "%(" in each.msgid}
    return tuple(each for each in found if len(each) > 7 and " " in each.strip())


def parts(html: str) -> set[str]:
    """The texts between tags, and those that tags bring: titles, labels, and what scripts show."""
    told = re.findall(r' (?:title|aria-label|placeholder|alt|data-[\w-]+)="([^"]+)"', html)
    return {unescape(each).strip() for each in [*BLIND.sub("\n", html).split("\n"), *told]}


def test_no_page_mixes_languages(pages, english, begins):
    browser = person(*MAY)
    for address in pages:
        answer = browser.get(address, headers=GERMAN)
        assert answer.status_code in (200, 404), address
        assert '<html lang="de"' in answer.text, address
        shown = parts(answer.text)
        assert shown & english == set(), address
        assert [each for each in shown if each.startswith(begins)] == [], address


def test_the_browser_chooses_and_the_project_where_it_says_nothing():
    browser = person(*MAY)
    assert "<h1>Runs</h1>" in browser.get(at("runs")).text
    assert "<h1>Runs</h1>" in browser.get(at("runs"), headers={"Accept-Language": "fr"}).text
    with override_settings(LANGUAGE_CODE="de"):
        assert "<h1>Läufe</h1>" in browser.get(at("runs")).text


def test_the_api_stays_in_english(client):
    answer = client.get("/api/jobs", headers=GERMAN)
    assert answer.json()["title"] == "A valid token is needed"
