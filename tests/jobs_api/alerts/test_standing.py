"""What shows that alerts are stuck: /health/jobs and jobs_list say so, and no status changes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs_api.alerts import readers
from jobs_api.alerts.evaluating import evaluate
from jobs_api.alerts.standing import channels as standing_of_channels
from jobs_api.auth import tokens
from jobs_api.models import AlertMessage, AlertMute, AlertTurn, Incident, TriggerSource
from tests.conftest import NOON
from tests.jobs_api.management.calling import manage

pytestmark = pytest.mark.django_db

HEALTH = "/api/health/jobs"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def incident(kind="failed", subject="nightly", job="nightly", **fields):
    times = {"since": NOON, "opened_at": NOON, "seen_at": NOON}
    return Incident.objects.create(kind=kind, subject=subject, job_name=job, **{**times, **fields})


def message(about, channel="ops", **fields):
    times = {"created_at": NOON, "next_try_at": NOON}
    return AlertMessage.objects.create(incident=about, channel=channel, event="opened", **{**times, **fields})


def called(ago):
    at = timezone.now() - ago
    TriggerSource.objects.create(source="curl", actor="ci", first_at=at, last_at=at)


def turn(ago, **fields):
    at = timezone.now() - ago
    return AlertTurn.objects.create(name="evaluate", at=at, ended_at=at, **fields)


def alerts(api, **extra):
    response = api("GET", HEALTH, **extra)
    assert response.status_code == 200
    return response.json()["alerts"]


def test_open_incidents_are_counted(api):
    incident()
    incident("slow")
    incident("missed", closed_at=NOON)
    assert {name: alerts(api)[name] for name in ("open", "errors")} == {"open": 2, "errors": 1}
    assert "2 incidents are open: manage.py jobs_alerts" in manage("jobs_list").lines


def test_a_channel_that_takes_nothing_is_named_with_the_reason_since_when(api, channels):
    channels(ops={}, chat={})
    about = incident()
    message(about, tries=2, error="it answered 500")
    message(about, channel="chat", created_at=timezone.now())
    assert alerts(api)["channels"] == [
        {
            "channel": "ops",
            "waiting": 1,
            "waiting_since": "2026-11-20T12:00:00+00:00",
            "failing_since": "2026-11-20T12:00:00+00:00",
            "error": "it answered 500",
            "given_up": 0,
        }
    ]
    said = manage("jobs_list").out
    assert "The channel ops takes nothing, and 1 message waits since 2026-11-20" in said
    assert "it answered 500. Try it: manage.py jobs_alert_test ops" in said


@pytest.mark.parametrize(
    ("channel", "why"),
    [
        ("ops", "nothing sends: manage.py jobs_alerts evaluate"),
        ("old", "the settings of this process do not name that channel"),
    ],
)
def test_a_message_that_waits_for_long_and_that_nobody_has_tried_to_send_is_shown(
    api, channels, channel, why
):
    channels(ops={})
    message(incident(), channel=channel)
    [shown] = alerts(api)["channels"]
    assert (shown["channel"], shown["waiting"], shown["failing_since"]) == (channel, 1, None)
    since = f"1 message waits for the channel {channel} since {shown['waiting_since'][:10]}"
    [said] = [line for line in manage("jobs_list").lines if line.startswith(since)]
    assert said.endswith(why)
    assert manage("jobs_alerts", "channels", "--json").json()[-1]["state"] == (
        "waits" if channel == "ops" else "not configured"
    )


def test_no_test_is_advised_of_a_channel_that_is_not_configured_any_more(channels):
    """It failed before somebody has removed it: `jobs_alert_test` does not know it."""
    channels(ops={})
    message(incident(), channel="old", error="it answered 500")
    said = manage("jobs_list").lines[-1]
    assert said.endswith("it answered 500. The settings of this process do not name it.")


def test_a_message_that_waits_for_a_moment_is_no_trouble(api, channels):
    channels(ops={})
    message(incident(), created_at=timezone.now())
    assert alerts(api)["channels"] == []


def test_what_is_muted_or_acknowledged_is_not_forgotten(api):
    """A mute of everything for a month, and somebody who has gone on holiday."""
    now = timezone.now()
    incident()
    incident("slow", acknowledged_at=now, acknowledged_by="ana")
    AlertMute.objects.create(
        subject="*", started_at=now - MINUTE, until=now + timedelta(days=30), actor="bob"
    )
    said = alerts(api)
    assert (said["open"], said["acknowledged"], said["muted"]) == (2, 1, 1)
    lines = manage("jobs_list").lines
    assert "2 incidents are open (1 acknowledged, 1 muted): manage.py jobs_alerts" in lines
    [muted] = [line for line in lines if line.startswith("Muted: every kind of *, until ")]
    assert muted.endswith(" by bob.")


def test_many_mutes_are_counted(api):
    now = timezone.now()
    for number in range(5):
        times = {"started_at": now - MINUTE, "until": now + timedelta(days=1)}
        AlertMute.objects.create(subject=f"job_{number}", **times)
    assert "2 more are muted: manage.py jobs_alerts mutes" in manage("jobs_list").lines


def test_messages_that_were_given_up_are_shown_for_a_week(api, channels):
    channels(ops={})
    about, now = incident(), timezone.now()
    for number, days in enumerate((1, 8)):
        fields = {"created_at": now - timedelta(days=days), "next_try_at": None, "number": number}
        message(about, error="no such address", **fields)
    [shown] = alerts(api)["channels"]
    assert (shown["given_up"], shown["waiting"]) == (1, 0)


def test_a_channel_that_is_not_configured_any_more_is_shown_while_messages_wait(channels):
    message(incident(), "old")
    assert [(each.channel, each.known, each.waiting) for each in standing_of_channels(NOON)] == [
        ("old", False, 1)
    ]


@pytest.mark.parametrize(
    ("evaluated", "call", "stalled"),
    [(1, 1, False), (20, 1, True), (20, 15, False), (None, 20, False), (None, 1, False)],
)
def test_an_evaluation_that_does_not_run_though_somebody_calls_is_seen(api, evaluated, call, stalled):
    if evaluated is not None:
        turn(evaluated * MINUTE)
    called(call * MINUTE)
    assert alerts(api)["stalled"] is stalled
    assert ("though somebody calls" in manage("jobs_list").out) is stalled


def test_an_evaluation_that_fails_is_seen(api):
    turn(MINUTE, error="OperationalError", failing_since=timezone.now())
    said = alerts(api)
    assert (said["stalled"], said["error"]) == (True, "OperationalError")
    assert "Alerts have not been evaluated since" in manage("jobs_list").out


def test_a_token_for_some_jobs_sees_their_incidents_and_no_channel(api, declare, channels):
    channels(ops={})
    declare("report", schedule=None)
    message(incident(), error="it answered 500")
    incident("slow", "report", "report")
    incident("source_silent", "curl", "")
    _, secret = tokens.create("some", scopes=["read"], patterns=["rep*"], at=NOON)
    said = alerts(api, headers={"Authorization": f"Bearer {secret}"})
    assert (said["open"], said["channels"]) == (1, [])


def test_all_that_may_be_wrong_fits_into_8_kb(api, channels):
    channels(**{f"channel_{number}_{'x' * 38}": {} for number in range(20)})
    about = incident()
    for number in range(20):
        message(about, f"channel_{number}_{'x' * 38}", error="\u202e" * 300)
    response = api("GET", HEALTH)
    assert len(response.json()["alerts"]["channels"]) == 5
    assert len(response.content) < 8192


# -- readers ----------------------------------------------------------------------------------


def test_pages_of_incidents_go_on_by_a_key():
    made = [
        incident("slow", f"job-{number}", opened_at=NOON + number // 2 * MINUTE).pk for number in range(7)
    ]
    seen, after = [], None
    for _ in range(4):
        page = readers.incidents(limit=2, after=after)
        seen += [each.pk for each in page.rows]
        after = page.next
    assert seen == made[::-1]
    assert after is None


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, 3),
        ({"open": True}, 2),
        ({"open": False}, 1),
        ({"job": "nightly"}, 2),
        ({"kind": "slow"}, 1),
        ({"kind": "slow", "open": False}, 0),
    ],
)
def test_incidents_are_filtered(wanted, found):
    incident()
    incident("slow", "report", "report")
    incident("missed", closed_at=NOON)
    assert len(readers.incidents(**wanted).rows) == found


def test_what_a_channel_was_told_goes_back_page_by_page():
    about = incident()
    made = [message(about, number=number).pk for number in range(5)]
    message(about, "chat", created_at=timezone.now())
    newest = readers.messages_to("ops", limit=3)
    assert [each.pk for each in newest] == made[:1:-1]
    assert [each.pk for each in readers.messages_to("ops", before=newest[-1].pk)] == made[1::-1]


def test_health_shows_when_it_was_evaluated(api):
    evaluate()
    assert alerts(api)["evaluated_at"] is not None
