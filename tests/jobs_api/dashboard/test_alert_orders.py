"""Acknowledge an incident, mute, end a mute."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jobs_api.models import AlertMute, AuditEntry
from tests.databases import ONE_DATABASE
from tests.jobs_api.admin.pages import incident, mute
from tests.jobs_api.dashboard.orders import NOW, order, told
from tests.jobs_api.dashboard.people import at, operator

pytestmark = pytest.mark.django_db


def test_an_incident_is_acknowledged_until_a_time_or_until_it_is_over():
    row, over = incident(), incident(closed_at=NOW, over="it runs again")
    client = operator(name="ana")
    end = NOW + timedelta(hours=5)
    (said,) = order(client, "incident_acknowledge", row.pk, until=end.isoformat(), reason="on it")
    assert said == f"Acknowledged: {row.subject}."
    row.refresh_from_db()
    assert (row.acknowledged_by, row.comment, row.acknowledged_until) == ("ana", "on it", end)
    order(client, "incident_acknowledge", row.pk, until="open")
    row.refresh_from_db()
    assert row.acknowledged_until is None
    assert "is over since" in order(client, "incident_acknowledge", over.pk, until="open")[0]
    assert set(AuditEntry.objects.values_list("action", "origin", "actor")) == {
        ("acknowledge", "dashboard", "ana")
    }


def test_a_subject_is_muted_until_an_end_and_the_mute_is_ended():
    client, end = operator(name="ana"), NOW + timedelta(days=2)
    sent = {"subject": "report_*", "kind": "failed", "until": end.isoformat(), "reason": "known"}
    assert "Muted until" in order(client, "alerts_mute", **sent)[0]
    row = AlertMute.objects.get()
    assert (row.subject, row.kind, row.until, row.actor, row.comment) == (
        "report_*",
        "failed",
        end,
        "ana",
        "known",
    )
    assert "has ended" in order(client, "alerts_unmute", row.pk, reason="fixed")[0]
    assert "is over" in order(client, "alerts_unmute", row.pk)[0]  # a second click
    row.refresh_from_db()
    assert row.ended_by == "ana"
    found = AuditEntry.objects.values_list("action", "origin", "reason").order_by("pk")
    assert list(found) == [("mute", "dashboard", "known"), ("unmute", "dashboard", "fixed")]


@ONE_DATABASE
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"until": "open"}, "open is not one of the available choices"),
        ({"until": (NOW + timedelta(days=900)).isoformat()}, "within a year"),
        ({"reason": ""}, "Say why"),
        ({"subject": ""}, "This field is required."),
        ({"subject": "x" * 251}, "at most 250 characters"),
        ({"kind": "nonsense"}, "nonsense is not one of the available choices"),
    ],
)
def test_a_mute_needs_a_subject_an_end_and_a_reason(changes, said):
    end = (NOW + timedelta(days=1)).isoformat()
    sent = {"subject": "*", "kind": "", "until": end, "reason": "x", **changes}
    answer = operator().post(at("alerts_mute"), sent)
    assert said in " ".join([answer.text, *told(answer)])
    assert not AlertMute.objects.exists()


@ONE_DATABASE
def test_text_of_others_is_escaped():
    nasty = "<script>alert(1)</script>"
    client = operator()
    pages = [
        client.get(at("incident_acknowledge", incident(subject=nasty, detail=nasty).pk)),
        client.get(at("alerts_unmute", mute(subject=nasty, comment=nasty).pk)),
        client.get(at("alerts_mute"), {"subject": nasty, "kind": nasty}),
    ]
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in page.text
