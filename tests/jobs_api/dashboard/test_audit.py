"""The audit: for whom, what it says, its pages and its files."""

from __future__ import annotations

import csv
import json
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from jobs_api import audit
from jobs_api.audit import reading
from jobs_api.models import AuditEntry
from tests.conftest import NOON, stored_run
from tests.jobs_api.admin.pages import person
from tests.jobs_api.dashboard.people import at, operator
from tests.jobs_api.dashboard.statements import statements

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def auditor(**fields):
    return person("view_jobrun", "view_auditentry", **fields)


def entry(action="pause", hours=0, **fields) -> AuditEntry:
    given = {"actor": "ana", "job": "nightly", "result": "paused", **fields}
    audit.record(action, at=NOON + hours * HOUR, **given)
    return AuditEntry.objects.order_by("-pk")[0]


def ids(answer) -> list[int]:
    return [int(pk) for pk in re.findall(r'id="entry-(\d+)"', answer.text)]


@pytest.mark.parametrize("name", ["audit", "audit_csv", "audit_jsonl"])
def test_only_who_may_see_it_in_the_admin_sees_it_here(name):
    entry(reason="the partner is down")
    for client in (operator(), person("view_auditentry"), person("view_jobrun")):
        answer = client.get(at(name))
        assert answer.status_code == 403
        assert "the partner is down" not in answer.text
    assert auditor().get(at(name)).status_code == 200


def test_the_page_is_in_the_navigation_only_for_who_may_see_it():
    assert f'href="{at("audit")}"' not in operator().get(at("runs")).text
    assert f'href="{at("audit")}"' in auditor().get(at("runs")).text


def test_an_entry_is_told_in_words_with_its_links(declare):
    job = declare()
    run = stored_run(job)
    entry(
        "rerun",
        run=run.pk,
        run_date=NOON,
        reason="Stripe is back",
        result="attempt 3",
        details={"force": True},
    )
    entry("acknowledge", subject="failed nightly", details={"incident": 7})
    entry("mute", job="", subject="late of report_*", actor="")
    text = " ".join(auditor().get(at("audit")).text.split())
    for told in ("Ran again", "attempt 3", "“Stripe is back”", "Muted", "Python code"):
        assert told in text
    assert f'href="{at("run", run.pk)}"' in text
    assert f'href="{at("job", "nightly")}"' in text
    assert f'href="{at("incident", 7)}"' in text
    assert "<dt>force</dt><dd>True</dd>" in text


@pytest.mark.parametrize(
    ("query", "hours"),
    [
        ({"actor": "ben"}, [2]),
        ({"action": "resume"}, [3]),
        ({"job": "weekly"}, [1]),
        ({"run": "77"}, [4]),
        ({"origin": "dashboard"}, [5]),
        ({"since": "2026-11-20T14:00Z", "until": "2026-11-20T16:00Z"}, [3, 2]),
        ({}, [5, 4, 3, 2, 1, 0]),
    ],
)
def test_filters_choose(query, hours):
    made = {0: entry(), 1: entry(hours=1, job="weekly"), 2: entry(hours=2, actor="ben")}
    made |= {3: entry("resume", 3), 4: entry(hours=4, run=77)}
    with audit.acting("dashboard"):
        made[5] = entry(hours=5)
    assert ids(auditor().get(at("audit"), query)) == [made[hour].pk for hour in hours]


@pytest.mark.parametrize(
    "query",
    [{"run": "x"}, {"action": "<b>"}, {"origin": "mars"}, {"since": "yesterday"}, {"until": "9" * 300}],
)
def test_what_cannot_be_read_is_told_and_shows_nothing(query):
    entry()
    answer = auditor().get(at("audit"), query)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert ids(answer) == []
    assert auditor().get(at("audit_csv"), query).status_code == 422


@pytest.mark.parametrize(
    "query", [{"after": "x" * 999}, {"after": "1"}, {"actor": "\x00"}, {"job": "a" * 9000}]
)
def test_no_address_breaks_the_page(query):
    assert auditor().get(at("audit"), query).status_code == 200


@pytest.mark.parametrize("query", [{}, {"actor": "ana"}, {"actor": "ana", "job": "nightly"}])
def test_pages_hold_each_entry_once_also_where_no_index_serves(query, monkeypatch):
    monkeypatch.setattr("jobs_api.dashboard.lists.audit_pages.PAGE", 3)
    monkeypatch.setattr(reading, "NEWEST", 4)
    for number in range(17):  # some at the same instant
        entry(hours=number // 3, actor="ana" if number % 2 else "ben")
    wanted = AuditEntry.objects.filter(**query).count() if "job" not in query else 8
    client, found = auditor(), []
    address = f"{at('audit')}?{'&'.join(f'{name}={value}' for name, value in query.items())}"
    for _ in range(30):
        answer = client.get(address)
        found += ids(answer)
        links = re.findall(r'href="([^"]*after=[^"]*)"', answer.text)
        if not links:
            break
        address = at("audit") + links[-1].replace("&amp;", "&")
        assert not urlsplit(address).netloc
    assert len(found) == len(set(found)) == wanted
    assert found == sorted(found, reverse=True)


def test_an_empty_list_says_why():
    assert "Nobody has done anything yet." in auditor().get(at("audit")).text
    text = auditor().get(at("audit"), {"actor": "ben"}).text
    assert "No entry matches." in text
    assert "Clear all" in text


def test_files_have_everything_that_matches_and_compute_nothing(monkeypatch):
    monkeypatch.setattr("jobs_api.dashboard.lists.audit_pages.BATCH", 2)
    for number in range(5):
        entry(hours=number, reason="=cmd|' /C calc'!A0")
    entry(actor="ben")
    sheet = auditor().get(at("audit_csv"), {"actor": "ana"})
    assert sheet["Content-Type"] == "text/csv; charset=utf-8"
    assert sheet["Cache-Control"] == "no-store, private"
    rows = list(csv.DictReader(sheet.getvalue().decode().splitlines()))
    assert [row["reason"] for row in rows] == ["'=cmd|' /C calc'!A0"] * 5
    lines = auditor().get(at("audit_jsonl"), {"actor": "ana"}).getvalue().decode().splitlines()
    assert [json.loads(line)["reason"] for line in lines] == ["=cmd|' /C calc'!A0"] * 5


def test_a_page_takes_as_many_statements_with_many_entries():
    client, counts = auditor(), []
    for number in (2, 60):
        for each in range(number):
            entry(hours=each)
        client.get(at("audit"))
        counts.append(statements(lambda: client.get(at("audit"), {"actor": "ana"})))
    assert counts[0] == counts[1] <= 8
