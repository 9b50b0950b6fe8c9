"""Acknowledge, mute and unmute: what each refuses, and the command line."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from jobs_api.alerts import acting, muting, outbox
from jobs_api.alerts.evaluating import evaluate
from jobs_api.exceptions import BadInput, NotFound
from jobs_api.models import AlertMessage, AlertMute, AuditEntry, Incident
from tests.conftest import NOON
from tests.jobs_api.concurrency.crowd import crowd
from tests.jobs_api.management.calling import manage

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def incident():
    about = {"kind": "failed", "subject": "nightly", "job_name": "nightly", "run": 7, "run_date": NOON}
    times = {"since": NOON, "opened_at": NOON, "seen_at": NOON}
    return Incident.objects.create(**about, **times, detail="The slot failed.", times=3)


def acknowledge(number, **fields):
    return acting.acknowledge(number, **{"actor": "ana", "comment": "on it", "at": NOON + HOUR, **fields})


def mute(glob="night*", **fields):
    return acting.mute(glob, **{"until": NOON + DAY, "actor": "ana", "at": NOON, **fields})


def test_two_equal_orders_at_one_moment_are_one_mute(transactional_db, monkeypatch):
    save = AlertMute.save

    def save_slowly(row, **how):
        time.sleep(0.3)  # the other order looks meanwhile
        save(row, **how)

    monkeypatch.setattr(AlertMute, "save", save_slowly)
    with crowd(2) as together:
        first, second = together(mute, mute)
    assert first == second == AlertMute.objects.get()


def test_who_acknowledged_until_when_and_why_is_stored_and_audited(incident):
    acknowledge(incident.pk, until=NOON + DAY)
    incident.refresh_from_db()
    assert (incident.acknowledged_at, incident.acknowledged_until) == (NOON + HOUR, NOON + DAY)
    assert (incident.acknowledged_by, incident.comment) == ("ana", "on it")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.reason, entry.job_name, entry.run) == (
        *("acknowledge", "ana", "on it", "nightly"),
        7,
    )


def test_a_second_acknowledgement_takes_the_place_of_the_first(incident):
    acknowledge(incident.pk, until=NOON + DAY)
    assert acknowledge(incident.pk, actor="bob").acknowledged_until is None
    assert AuditEntry.objects.count() == 2


def test_what_is_over_or_unknown_or_past_is_refused_and_not_audited(incident):
    with pytest.raises(BadInput, match="future"):
        acknowledge(incident.pk, until=NOON)
    with pytest.raises(NotFound, match="999"):
        acknowledge(999)
    Incident.objects.update(closed_at=NOON, over="It was cancelled.")
    with pytest.raises(BadInput, match=r"is over since .* It was cancelled"):
        acknowledge(incident.pk)
    assert AuditEntry.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"glob": ""}, "1 to 250"),
        ({"glob": "x" * 251}, "1 to 250"),
        ({"kind": "fialed"}, "must be one of failed"),
        ({"until": NOON}, "future"),
        ({"until": NOON + 367 * DAY}, "within a year"),
    ],
)
def test_a_mute_needs_an_end_and_words_that_mean_something(fields, why):
    with pytest.raises(BadInput, match=why):
        mute(**fields)
    assert AlertMute.objects.count() == AuditEntry.objects.count() == 0


def test_a_mute_ends_by_itself_or_by_somebody():
    mute()
    mute(kind="slow")
    assert [each.kind for each in muting.mutes(NOON + HOUR)] == ["", "slow"]
    assert list(muting.mutes(NOON + DAY)) == []
    [ended] = acting.unmute("night*", kind="slow", actor="bob", at=NOON + HOUR)
    assert (ended.ended_at, ended.ended_by) == (NOON + HOUR, "bob")
    assert [each.kind for each in muting.mutes(NOON + HOUR)] == [""]
    acting.unmute("night*", actor="bob", at=NOON + HOUR)
    with pytest.raises(NotFound, match="`jobs_alerts mutes` lists"):
        acting.unmute("night*", actor="bob", at=NOON + HOUR)
    assert [each.action for each in AuditEntry.objects.order_by("pk")] == ["mute", "mute", "unmute", "unmute"]


def test_a_mute_takes_the_place_of_the_one_before():
    """Five weeks by mistake, then two hours: it is two hours. Others stay."""
    mute(until=NOON + 35 * DAY)
    for fields in ({"kind": "slow"}, {"glob": "nightly"}):
        mute(until=NOON + 2 * DAY, **fields)
    mute(until=NOON + 3 * HOUR, at=NOON + HOUR, actor="bob")
    found = [(each.subject, each.kind, each.until) for each in muting.mutes(NOON + HOUR)]
    assert found == [
        ("night*", "", NOON + 3 * HOUR),
        ("night*", "slow", NOON + 2 * DAY),
        ("nightly", "", NOON + 2 * DAY),
    ]
    assert AlertMute.objects.order_by("pk")[0].ended_by == "bob"
    results = [each.result for each in AuditEntry.objects.order_by("pk")]
    assert results == ["muted", "muted", "muted", "replaced"]


def test_the_same_order_once_more_finds_the_mute_that_is_in_force():
    first = mute()
    second = NOON - timedelta(seconds=1)  # it has read the clock before the first, and is slower
    assert mute(at=second, actor="bob") == first
    assert AlertMute.objects.get().ended_at is None
    others = [mute(comment="another reason"), mute(until=NOON + 2 * DAY)]
    assert len({each.pk for each in [first, *others]}) == 3
    assert AlertMute.objects.get(ended_at=None) == others[-1]
    AlertMute.objects.update(ended_at=NOON)
    assert mute(until=NOON + 2 * DAY).ended_at is None  # one that is over is not found
    results = [each.result for each in AuditEntry.objects.order_by("pk")]
    assert results == ["muted", "unchanged", "replaced", "replaced", "muted"]


# -- at a command line ------------------------------------------------------------------------


def test_with_nothing_open_it_says_where_a_failure_that_is_retried_is_shown(db):
    assert manage("jobs_alerts").lines == [
        "No incident is open.",
        "A first failure that is retried soon opens none: manage.py jobs_list",
    ]
    assert manage("jobs_alerts", "list", "--over").out == "No incident is over.\n"


def test_a_mute_of_a_name_that_no_job_has_says_so(declare):
    declare("nightly")
    assert "No declared job" not in manage("jobs_alerts", "mute", "night*", "--until", "2h").out
    said = manage("jobs_alerts", "mute", "nihgt*", "--until", "2h")
    assert said.lines[-1] == "No declared job has such a name."


@pytest.mark.parametrize("words", [["--help"], ["mute", "--help"], ["check-in", "--help"]])
def test_its_help_fits_a_terminal(monkeypatch, words):
    monkeypatch.setenv("COLUMNS", "80")
    long = [line for line in manage("jobs_alerts", *words).out.split("\n") if len(line) > 80]
    assert [line for line in long if "{failed,missed" not in line] == []


def test_the_list_names_what_is_open_and_how_to_see_more(incident):
    said = manage("jobs_alerts")
    assert said.lines[0] == "incident kind subject since state slots run over_at"
    assert said.lines[1].split()[:3] == [str(incident.pk), "failed", "nightly"]
    assert "open" in said.lines[1]
    assert said.lines[-1] == "One of them: manage.py jobs_alerts show NUMBER"
    assert manage("jobs_alerts", "list", "--over").out == "No incident is over.\n"
    assert (
        len(manage("jobs_alerts", "--json").json())
        == len(manage("jobs_alerts", "list", "--json").json())
        == 1
    )
    assert len(manage("jobs_alerts", "--json", "list").json()) == 1


def test_one_is_shown_with_who_was_told_when_and_what_went_wrong(incident, sent):
    about = {"incident": incident, "created_at": NOON}
    AlertMessage.objects.create(channel="ops", event="opened", sent_at=NOON, **about)
    AlertMessage.objects.create(channel="chat", event="opened", error="no such room", tries=1, **about)
    acknowledge(incident.pk)
    mute()
    said = manage("jobs_alerts", "show", incident.pk)
    shown = " ".join(said.out.split())
    for text in ("nightly failed", "The slot failed.", "by ana, until it is over (on it)", "jobs_show 7"):
        assert text in shown
    assert ["ops", "opened"] in [line.split()[:2] for line in said.lines]
    assert "given up" in shown
    assert "no such room" in shown


def test_it_is_acknowledged_by_either_word(incident):
    assert manage("jobs_alerts", "ack", incident.pk, "--until", "2h", "--reason", "on it").code == 0
    said = manage("jobs_alerts", "acknowledge", incident.pk)
    assert said.out == "failed of nightly: acknowledged until it is over; no reminders till then.\n"
    assert "acknowledged" in manage("jobs_alerts").lines[1]


def test_a_mute_says_what_it_hides_now(incident):
    said = manage("jobs_alerts", "mute", "night*", "--until", "2h", "--reason", "works")
    assert "Muted: every kind of night*, until " in said.out
    assert said.out.endswith("1 open incident is muted by it now.\n")
    assert "muted" in manage("jobs_alerts").lines[1]
    assert manage("jobs_alerts", "mutes").lines[1].startswith("night* every kind")
    assert manage("jobs_alerts", "unmute", "night*").out.startswith("No longer muted: every kind of night*")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (("show", "99"), "There is no incident '99'."),
        (("show", "x"), "There is no incident 'x'."),
        (("ack", "99"), "There is no incident '99'."),
        (("mute", "x", "--until", "yesterday"), "`until` must be a time"),
        (("mute", "x", "--until", "2020-01-01"), "`until` must be in the future"),
        (("unmute", "x"), "No mute of 'x' is in force; `jobs_alerts mutes` lists those that are."),
        (("channels", "x"), "There is no channel 'x'. There are: ops."),
    ],
)
def test_what_is_wrong_is_said_in_a_line(sent, line, why):
    said = manage("jobs_alerts", *line)
    assert said.code == 1
    assert why in said.err


def test_without_channels_the_command_says_where_to_configure_them(incident, settings):
    assert 'JOBS_API["ALERTS"]' in manage("jobs_alerts", "channels").out
    assert 'JOBS_API["ALERTS"]' in manage("jobs_alerts", "show", incident.pk).out


def test_a_channel_shows_what_it_was_told(incident, sent):
    about = {"incident": incident, "created_at": NOON, "sent_at": NOON}
    AlertMessage.objects.create(channel="ops", event="reminder", number=2, **about)
    said = manage("jobs_alerts", "channels", "ops")
    assert said.lines[1].startswith(f"{incident.pk} failed nightly reminder 2")


def test_a_channel_that_fails_says_why_below_the_table(incident, sent):
    about = {"incident": incident, "created_at": NOON, "next_try_at": NOON, "error": "it answered 403"}
    AlertMessage.objects.create(channel="ops", event="opened", **about)
    last = manage("jobs_alerts", "channels").lines[-1]
    assert last.endswith("it answered 403. Try it: manage.py jobs_alert_test ops")


def test_somebody_may_have_it_evaluated_now(declare, sent, monkeypatch):
    monkeypatch.setattr(outbox, "waiting_channels", list)
    evaluate()
    assert manage("jobs_alerts", "evaluate").out == "0 opened, 0 closed, 0 messages ordered.\n"


def test_while_another_process_evaluates_it_says_so(declare, sent, monkeypatch):
    monkeypatch.setattr("jobs_api.management.commands.jobs_alerts.evaluate", lambda **_: NOON)
    said = manage("jobs_alerts", "evaluate")
    assert said.code == 75
    assert "Another process evaluates since" in said.err
