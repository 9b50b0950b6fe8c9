"""Alerts: what is open and over, who was told, and one incident."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from jobs_api.models import AlertMessage, AlertMute, AlertTurn, Incident
from tests.conftest import NOON, stored_run
from tests.jobs_api.alerts.making import OPENED, incident, message
from tests.jobs_api.dashboard.people import at, operator, reader
from tests.jobs_api.dashboard.statements import statements

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
LATER = NOON + timedelta(days=9000)
CHANNELS = {
    "ops": {"TYPE": "mail", "TO": ["ops@example.com"], "TAGS": ["billing"], "KINDS": ["failed"]},
    "chat": {"TYPE": "mail", "TO": ["secret@example.com"]},
}


@pytest.fixture(autouse=True)
def channels(settings):
    settings.JOBS_API = {**settings.JOBS_API, "ALERTS": {"CHANNELS": CHANNELS}}


def ids(answer) -> list[int]:
    return [int(pk) for pk in re.findall(r'id="incident-(\d+)"', answer.text)]


def over(**fields) -> Incident:
    closed = fields.pop("closed_at", OPENED + HOUR)
    return incident(closed_at=closed, over="A newer slot has succeeded.", **fields)


def test_what_is_open_stands_before_what_is_over_in_words(declare):
    declare()
    wrong = incident(times=3)
    ended = over(kind="source_silent", subject="cron_job_org / cronjob-org")
    answer = reader().get(at("alerts"))
    assert ids(answer) == [wrong.pk, ended.pk]
    assert "Source silent" in answer.text
    assert "The slot failed, and its tries are used up." in answer.text
    assert "A newer slot has succeeded." in answer.text
    assert "Nobody was told." in answer.text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"state": "open"}, ["nightly", "weekly"]),
        ({"state": "over"}, ["nightly", "old"]),
        ({"kind": "late"}, ["weekly", "old"]),
        ({"job": "nightly"}, ["nightly", "nightly"]),
        ({"state": "open", "kind": "late"}, ["weekly"]),
        ({"state": "x", "kind": "y", "past": "z" * 4000}, ["nightly", "weekly", "nightly", "old"]),
        ({"job": "\x00" + "a" * 3000}, []),
    ],
)
def test_filters_choose_by_state_kind_and_job(query, expected):
    incident(opened_at=OPENED + HOUR)
    incident("late", "weekly")
    over()
    over(kind="late", subject="old", opened_at=OPENED - HOUR)
    answer = reader().get(at("alerts"), query)
    assert re.findall(r"data-open>([^<]*)<", answer.text) == expected


def test_what_is_over_has_pages(monkeypatch):
    monkeypatch.setattr("jobs_api.dashboard.lists.alert_pages.PAGE", 2)
    incident("late", "still")
    ended = [over(subject=f"job_{n}", opened_at=OPENED + n * HOUR).pk for n in range(5)]
    client, found, address = reader(), [], at("alerts") + "?state=over"
    while address:
        answer = client.get(address)
        found += ids(answer)
        older = re.search(r'href="([^"]*)" rel="next"', answer.text)
        address = at("alerts") + older[1].replace("&amp;", "&") if older else ""
    assert found == ended[::-1]


def test_an_empty_list_says_whether_nothing_is_wrong_or_a_filter_hides_it():
    assert "Nothing is wrong: no incident is open." in reader().get(at("alerts")).text
    text = reader().get(at("alerts"), {"kind": "late"}).text
    assert "No open incident matches." in text
    assert "Clear all" in text


def test_who_has_taken_it_on_and_what_is_muted_is_told_with_its_end():
    incident(acknowledged_at=OPENED, acknowledged_by="mara", comment="I am on it")
    incident("late", "weekly", job_name="weekly")
    AlertMute.objects.create(
        subject="week*", started_at=OPENED, until=LATER, actor="jon", comment="new hosts"
    )
    AlertMute.objects.create(subject="old_*", started_at=OPENED, until=LATER, ended_at=OPENED, ended_by="ana")
    text = " ".join(reader().get(at("alerts")).text.split())
    assert "Acknowledged by mara until it is over" in text
    assert "“I am on it”" in text
    assert "Muted by jon (week*) until" in text
    assert "1 that is over" in text
    assert "ended by ana" in text


def test_channels_tell_how_they_stand_and_no_secret():
    sent = incident()
    message(sent, next_try_at=None, sent_at=OPENED)
    message(sent, channel="chat", error="the mail server refused the login (535)", tries=4)
    message(sent, channel="gone")
    text = reader().get(at("alerts")).text
    assert "Takes nothing" in text
    assert "the mail server refused the login (535)" in text
    assert "Not configured" in text
    assert "billing · Failed" in text
    assert "example.com" not in text


def test_an_evaluation_that_fails_is_told():
    AlertTurn.objects.create(name="evaluate", at=OPENED, failing_since=OPENED, error="no such table")
    text = reader().get(at("alerts")).text
    assert "Alerts are not evaluated" in text
    assert "no such table" in text


def test_only_who_may_act_is_offered_to():
    found = incident()
    for page in (at("alerts"), at("incident", found.pk)):
        assert "Acknowledge" not in reader().get(page).text
        text = operator().get(page).text
        assert f'href="{at("incident_acknowledge", found.pk)}"' in text
        assert "?subject=nightly&amp;kind=failed" in text


def test_an_incident_says_what_it_is_who_was_told_and_what_helps(declare):
    job = declare(owner="payments", runbook="https://wiki.example.com/x", tags=("billing",))
    run = stored_run(
        job,
        state="failed",
        reason="error",
        error="ValueError: no such file",
        output_head=b"a\nthe last\n",
        output_size=11,
    )
    found = incident(run=run.pk, run_date=NOON)
    message(found, next_try_at=None, sent_at=OPENED, tries=1)
    message(found, "reminder", number=2)
    message(found, channel="chat", error="it answered 500", tries=9, next_try_at=None)
    text = " ".join(operator().get(at("incident", found.pk)).text.split())
    for told in (
        "nightly failed",
        "ValueError: no such file",
        "the last",
        "payments",
        "Reminder 2",
        "Given up",
    ):
        assert told in text
    assert "it answered 500" in text
    assert f"manage.py jobs_rerun {run.pk}" in text
    assert f'href="{at("run", run.pk)}"' in text
    assert f'href="{at("job", "nightly")}"' in text
    assert 'href="https://wiki.example.com/x" rel="noopener noreferrer"' in text
    assert f"/api/runs/{run.pk}" in text


@pytest.mark.parametrize("kind", ["source_silent", "token_expiring", "of_a_later_version"])
def test_an_incident_without_a_job_or_of_a_kind_to_come_has_a_page(kind):
    found = over(kind=kind, subject="x" * 250, job_name="", run=None)
    assert reader().get(at("incident", found.pk)).status_code == 200
    assert reader().get(at("alerts")).status_code == 200


def test_an_incident_of_a_job_and_a_run_that_are_gone_has_a_page():
    found = incident(subject="gone", job_name="gone", run=987654, run_date=NOON)
    text = reader().get(at("incident", found.pk)).text
    assert "(not declared any more)" in text
    assert "(deleted)" in text


def test_an_unknown_incident_is_not_found():
    for pk in (1, 10**30):
        assert reader().get(f"/dashboard/alerts/{pk}/").status_code == 404


def test_a_page_takes_as_many_statements_with_many_incidents():
    client, counts = operator(), []
    for number in (2, 30):
        Incident.objects.all().delete()
        for each in range(number):
            message(incident(subject=f"job_{each}"))
            message(over(subject=f"past_{each}"))
        client.get(at("alerts"))
        counts.append(statements(lambda: client.get(at("alerts"))))
    assert counts[0] == counts[1] <= 18
    assert AlertMessage.objects.count() == 60
