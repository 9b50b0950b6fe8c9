"""Text of jobs, callers, people and errors does nothing on the lists, whichever field it is in."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from jobs_api.models import AlertMessage, AlertMute, AuditEntry, Incident, JobRun, TriggerSource
from tests.conftest import NOON
from tests.databases import ONE_DATABASE
from tests.jobs_api.admin.pages import person
from tests.jobs_api.dashboard.people import at
from tests.jobs_api.nasty import soiled, unseen

pytestmark = [pytest.mark.django_db, ONE_DATABASE]
EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7|add:7 }}</textarea></script>"
SHORT = '"><b id=evil>'
WORDS = ("job", "tag", "owner", "source", "actor", "q", "after", "past", "tz")
CHOICES = ("state", "trigger", "since", "until", "action", "origin", "run", "kind")
LATER = NOON + timedelta(days=9000)


class Seen(HTMLParser):
    """What a browser would see in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "img" or given.get("id") == "evil" or (tag == "script" and not given.get("src")):
            self.faults.append(f"<{tag} {given}>")
        self.faults += [
            f"{name}={value}"
            for name, value in attrs
            if name.startswith(("on", "hx-on")) or name == "style" or (name, value) == ("hx-get", "/x")
        ]
        address = (given.get("href") or "").strip().lower()
        if address.startswith(("javascript:", "data:", "//")):
            self.faults.append(address)


def faults(text: str) -> list[str]:
    seen = Seen()
    seen.feed(text)
    return seen.faults


def evil(model, *kept: str) -> dict[str, str]:
    """The text for each column of a model that anybody else fills."""
    return {name: (EVIL if len(text) > 100 else SHORT) for name, text in soiled(model, *kept).items()}


@pytest.fixture(params=["markup", "characters that nobody sees"])
def rows(request, settings, declare):
    """A row of everything that the lists show, each of its texts written by an enemy."""
    declare(owner="ana")
    made = evil if request.param == "markup" else soiled
    run = JobRun.objects.create(
        **{**made(JobRun, "held_job", "traceparent"), "state": "failed", "reason": "error"},
        run_date=NOON,
        created_at=NOON,
        attempt=2,
        started_at=NOON,
        finished_at=NOON,
        output_head=EVIL.encode(),
        output_size=len(EVIL),
    )
    incident = Incident.objects.create(
        **made(Incident), run=run.pk, since=NOON, opened_at=NOON, seen_at=NOON, acknowledged_at=NOON, facts={}
    )
    Incident.objects.create(
        **{**made(Incident), "kind": "failed"}, since=NOON, opened_at=NOON, seen_at=NOON, closed_at=NOON
    )
    AlertMessage.objects.create(**made(AlertMessage), incident=incident, created_at=NOON, next_try_at=NOON)
    AlertMute.objects.create(**{**made(AlertMute), "subject": "*"}, started_at=NOON, until=LATER)
    AlertMute.objects.create(**made(AlertMute), started_at=NOON, until=NOON, ended_at=NOON)
    texts = made(AuditEntry)
    AuditEntry.objects.create(
        **texts, at=NOON, run=run.pk, run_date=NOON, details={EVIL: EVIL, "list": [EVIL]}
    )
    TriggerSource.objects.create(**made(TriggerSource), first_at=NOON, last_at=NOON)
    return run, incident


def test_no_text_of_others_acts_or_hides_on_any_list(rows):
    _, incident = rows
    client = person("view_jobrun", "operate_jobrun", "view_auditentry")
    pages = [at(name) for name in ("runs", "alerts", "audit", "find")]
    for address in [*pages, at("incident", incident.pk)]:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert faults(answer.text) == [], address
        shown = re.sub(r'(value|href)="[^"]*"', "", answer.text)  # a form sends what is stored
        assert unseen(shown) == [], address


@pytest.mark.parametrize("name", ["runs", "alerts", "audit", "find", "find_names"])
def test_what_an_address_says_does_nothing(name, declare):
    declare()
    client = person("view_jobrun", "operate_jobrun", "view_auditentry")
    for fields in (WORDS, CHOICES):
        answer = client.get(at(name), dict.fromkeys(fields, EVIL))
        assert answer.status_code == 200
        assert faults(answer.text) == []


def test_the_judge_would_find_it():
    assert len(faults(EVIL.replace("{{ 7|add:7 }}", ""))) >= 2
