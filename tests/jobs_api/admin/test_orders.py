"""Orders in the admin: who may give them, what they do, and what is told of each row."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from jobs_api import audit, registry
from jobs_api.admin import PAGES, forms, orders, runs
from jobs_api.auth import tokens
from jobs_api.models import AlertMute, Incident, JobPause, JobRun, State, Token
from jobs_api.runs import pausing
from tests.conftest import NOON, stored_run
from tests.databases import ONE_DATABASE
from tests.jobs_api.admin.pages import (
    DAYS_AGO,
    MAKE,
    incident,
    listed,
    marks,
    operator,
    order,
    order_page,
    page_of,
    person,
    run,
    soon,
    token,
    told,
    viewer,
)

pytestmark = pytest.mark.django_db

ORDERS = [(model, each) for model, page in PAGES.items() for each in page.orders]
every_order = pytest.mark.parametrize(
    ("model", "what"), ORDERS, ids=[f"{model.__name__}-{each.name}" for model, each in ORDERS]
)


def failed(declare, **fields):
    return stored_run(declare(**fields), DAYS_AGO, state="failed", reason="error", attempt=1)


# -- who may ----------------------------------------------------------------------------------


@ONE_DATABASE
@every_order
def test_whoever_may_not_operate_can_neither_see_nor_send_an_order(model, what, monkeypatch):
    monkeypatch.setattr(orders, "_carried_out", lambda *args: 1 / 0)
    row, page = MAKE[model](), order_page(model, what.name)
    sent = {"pk": marks([row]), "jobs": ["nightly"]}
    assert Client().post(page, sent).status_code == 302
    for client in (
        person(),
        viewer(model),
        person("operate_jobrun"),
        person("operate_jobrun", is_staff=False),
    ):
        for answer in (client.get(page, {"pk": row.pk}), client.post(page, sent)):
            assert answer.status_code in (302, 403)
            assert "/order/" not in answer.get("Location", "").partition("next=")[0]
        client.post(listed(model), {"action": what.name, "_selected_action": [row.pk], "index": 0})


@ONE_DATABASE
@every_order
def test_whoever_may_operate_is_asked_why_first(model, what, admin_client, declare):
    declare()
    row = MAKE[model]()
    for client in (operator(model), admin_client):
        if what.of_rows:
            chosen = {"action": what.name, "_selected_action": [row.pk], "index": 0}
            answer = client.post(listed(model), chosen, follow=True)
            assert f"1 {model._meta.verbose_name}" in answer.context["title"]
            assert str(row)[:20] in answer.text
            assert order_page(model, what.name) in client.get(page_of(row)).text
        else:
            assert order_page(model, what.name) in client.get(listed(model)).text
            answer = client.get(order_page(model, what.name))
        assert 'name="reason"' in answer.text or 'name="comment"' in answer.text
        assert "csrfmiddlewaretoken" in answer.text


@ONE_DATABASE
@every_order
def test_an_order_needs_the_token_of_the_form(model, what, admin_user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert client.post(order_page(model, what.name), {"pk": marks([MAKE[model]()])}).status_code == 403


def test_there_is_no_order_of_another_name(admin_client):
    assert admin_client.get(order_page(JobRun, "delete")).status_code == 404
    assert admin_client.get(order_page(Token, "rerun")).status_code == 404


# -- what they do -----------------------------------------------------------------------------


def test_a_run_is_run_again_with_reason_and_actor(declare, toy):
    toy(lambda command, **options: None)
    row = failed(declare)
    (said,) = order(operator(JobRun, name="ana"), "rerun", row, reason="the address is right now")
    assert said == f"Run again: Succeeded (succeeded): {row} ({row.pk})."
    row.refresh_from_db()
    assert (row.state, row.attempt, row.trigger) == (State.SUCCEEDED, 2, "rerun")
    assert (row.actor, row.comment) == ("ana", "the address is right now")


def test_a_command_that_fails_again_is_told_as_an_error(declare, toy, admin_client):
    toy(lambda command, **options: 1 / 0)
    (said,) = order(admin_client, "rerun", failed(declare))
    assert "The attempt failed" in said


def test_a_queued_run_is_cancelled_and_a_running_one_asked_to_stop(declare, admin_client):
    job = declare(overlap="allow")
    queued = stored_run(job, DAYS_AGO - timedelta(days=1), state="queued")
    running = stored_run(job, DAYS_AGO, state="running", lease_expires_at=soon())
    ended = run(job=job)
    said = order(admin_client, "cancel", queued, running, ended, reason="wrong file")
    assert len(said) == 3
    assert JobRun.objects.get(pk=queued.pk).state == State.CANCELLED
    assert JobRun.objects.get(pk=running.pk).cancel_requested_at is not None
    assert JobRun.objects.get(pk=ended.pk).state == State.SUCCEEDED


def test_jobs_are_triggered_once_for_their_slot(declare, toy, admin_client):
    calls = []
    toy(lambda command, **options: calls.append(1))
    declare()
    for expected in ("Succeeded", "The slot has succeeded"):
        (said,) = order(admin_client, "trigger", of=JobRun, jobs=["nightly"], reason="by hand")
        assert expected in said
    assert len(calls) == 1
    row = JobRun.objects.get()
    assert (row.trigger, row.actor, row.comment) == ("admin", "admin", "by hand")


def test_a_slot_that_is_none_is_told_with_those_that_are(declare, admin_client):
    declare()
    (said,) = order(admin_client, "trigger", of=JobRun, jobs=["nightly"], run_date="2026-11-20T04:00:00Z")
    assert "not" in said
    assert "run_date" in said
    assert not JobRun.objects.exists()


def test_jobs_are_paused_and_resumed(declare, admin_client):
    declare()
    other = declare("other")
    client = operator(JobPause, name="ana")
    (said,) = order(client, "pause", of=JobPause, jobs=["nightly", "other"], reason="works", until="2h")
    assert said == "Pause jobs: Paused: nightly, other."
    row = pausing.last_pause(other)
    assert (row.actor, row.comment) == ("ana", "works")
    assert timedelta(minutes=119) < row.until - timezone.now() <= timedelta(hours=2)
    assert order(client, "resume", row, reason="done")[0].startswith("Resume: Resumed: ")
    row = pausing.last_pause(other)
    assert (row.resumed_by, row.resume_comment) == ("ana", "done")
    assert "is over" in order(client, "resume", row)[0]


def test_an_old_pause_does_not_end_a_new_one(declare, admin_client):
    job = declare()
    old = JobPause.objects.create(job_name=job.name, started_at=NOON, ended_at=NOON)
    pausing.pause(job, actor="", comment="", at=timezone.now())
    assert "is over" in order(admin_client, "resume", old)[0]
    assert pausing.last_pause(job).ended_at is None


@pytest.mark.parametrize("until", ["yesterday", "2020-01-01", "2026-13-01", "9999999w", "2h;"])
def test_an_end_that_is_none_is_an_error_of_the_form(declare, admin_client, until):
    declare()
    answer = admin_client.post(order_page(JobPause, "pause"), {"jobs": ["nightly"], "until": until})
    assert answer.status_code == 200
    assert answer.context["form"].errors["until"]
    assert not JobPause.objects.exists()


def test_an_end_is_read_in_the_viewers_zone(declare, admin_client):
    declare()
    with timezone.override("America/New_York"):
        order(admin_client, "pause", of=JobPause, jobs=["nightly"], until="2050-01-01T06:00")
    assert JobPause.objects.get().until.isoformat() == "2050-01-01T11:00:00+00:00"


def test_a_token_is_revoked_at_once(admin_client):
    row, secret = tokens.create("ci", scopes=["read"], at=NOON)
    assert order(admin_client, "revoke", row, reason="leaked")[0].startswith("Revoke: Revoked: ci")
    assert tokens.verify(secret) is None
    assert "was revoked already" in order(admin_client, "revoke", row)[0]


# -- many rows --------------------------------------------------------------------------------


def test_a_row_that_fails_stops_no_other_and_each_is_told(declare, toy, admin_client, monkeypatch):
    toy(lambda command, **options: None)
    job = declare(overlap="allow")
    rows = [run(job=job, state="failed") for _ in range(4)]
    rerun = runs.rerun

    def breaking(run, *order, **options):
        if run.pk == rows[1].pk:
            raise RuntimeError("a secret that nobody may read")
        return rerun(run, *order, **options)

    monkeypatch.setattr(runs, "rerun", breaking)
    gone = run(job=declare("gone"), state="failed")
    registry.fill([job])
    said = order(admin_client, "rerun", *rows, gone)
    assert len(said) == 3
    done = next(each for each in said if "succeeded" in each)
    assert [f"({row.pk})" in done for row in rows] == [True, False, True, True]
    assert f"({rows[1].pk})" in next(each for each in said if "error happened" in each)
    assert f"({gone.pk})" in next(each for each in said if "no job" in each.lower())
    assert "secret" not in " ".join(said)


def test_more_rows_than_are_taken_at_once_are_refused(admin_client, monkeypatch):
    monkeypatch.setattr(orders, "MOST", 3)
    rows = [token() for _ in range(4)]
    chosen = {"action": "revoke", "_selected_action": [row.pk for row in rows], "index": 0}
    across = {"action": "revoke", "_selected_action": [rows[0].pk], "select_across": 1, "index": 0}
    for sent in (chosen, across):
        answer = admin_client.post(listed(Token), sent)
        assert answer["Location"] == listed(Token)
        assert told(answer) == [orders.TOO_MANY]
    for answer in (
        admin_client.post(order_page(Token, "revoke"), {"pk": marks(rows)}),
        admin_client.get(order_page(Token, "revoke"), {"pk": marks(rows)}),
    ):
        assert told(answer) == [orders.TOO_MANY]
    assert not Token.objects.exclude(revoked_at=None).exists()


def test_more_jobs_than_are_taken_at_once_are_refused(admin_client, declare, monkeypatch):
    monkeypatch.setattr(forms, "MOST_JOBS", 2)
    names = [declare(f"job-{number}").name for number in range(3)]
    for model, name in ((JobRun, "trigger"), (JobPause, "pause")):
        answer = admin_client.post(order_page(model, name), {"jobs": names})
        assert "at most 2, not 3" in answer.text
    assert not JobRun.objects.exists()
    assert not JobPause.objects.exists()


@pytest.mark.parametrize("chosen", ["abc", "9" * 40, "-1", "x.5", "%00", "0", ""])
def test_a_choice_that_is_no_row_is_told(admin_client, chosen):
    token()
    answer = admin_client.post(
        listed(Token), {"action": "revoke", "_selected_action": [chosen], "index": 0}, follow=True
    )
    assert answer.status_code == 200
    assert orders.NONE in answer.text
    assert told(admin_client.post(order_page(Token, "revoke"), {"pk": chosen})) == [orders.NONE]
    assert told(admin_client.get(order_page(Token, "revoke"), {"pk": chosen})) == [orders.NONE]


def test_a_run_that_changed_since_it_was_shown_is_left_alone(declare, admin_client, toy):
    """It was retried meanwhile and has succeeded: the order was about the failure."""
    toy(lambda command, **options: 1 / 0)
    row = failed(declare)
    JobRun.objects.filter(pk=row.pk).update(attempt=2, state="succeeded", reason="")
    (said,) = order(admin_client, "rerun", row)
    assert orders.CHANGED in said
    assert JobRun.objects.get().attempt == 2


def test_inline_commands_are_no_longer_started_when_the_time_of_a_request_is_over(
    declare, toy, admin_client, settings
):
    toy(lambda command, **options: None)
    settings.JOBS_API = {**settings.JOBS_API, "RUN_DUE_SECONDS": 0.000001}
    job = declare(overlap="allow")
    rows = [run(job=job, state="failed") for _ in range(3)]
    notice = admin_client.get(order_page(JobRun, "rerun"), {"pk": [row.pk for row in rows]})
    assert "run in this request" in notice.text
    said = order(admin_client, "rerun", *rows)
    assert len(said) == 2
    assert JobRun.objects.filter(state="succeeded").count() == 1


def test_whoever_acts_and_from_where_is_said_to_the_audit(declare, admin_client, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "jobs_api.admin.tokens.tokens.revoke", lambda name, **options: seen.append(audit.origin()) or True
    )
    order(operator(Token, name="ana"), "revoke", token(), reason="x")
    assert [(each.kind, each.actor, each.address) for each in seen] == [("admin", "ana", "127.0.0.1")]
    assert audit.origin().actor == ""


@pytest.mark.django_db(transaction=True)
def test_a_host_with_atomic_requests_commits_the_claim_before_the_command_runs(declare, toy, monkeypatch):
    seen = []
    toy(lambda command, **options: seen.append(connection.in_atomic_block))
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    (said,) = order(operator(JobRun), "rerun", failed(declare))
    assert "Succeeded" in said
    assert seen == [False]


# -- alerts -----------------------------------------------------------------------------------


def test_an_incident_is_acknowledged_until_it_is_over_or_until_a_time(admin_client):
    first, second, over = incident(), incident(), incident(closed_at=NOON, over="it runs again")
    client = operator(Incident, name="ana")
    said = order(client, "acknowledge", first, second, over, reason="on it", until="2h")
    assert [each for each in said if "Acknowledged" in each]
    assert [each for each in said if "is over since" in each]
    for row in (first, second):
        row.refresh_from_db()
        assert (row.acknowledged_by, row.comment) == ("ana", "on it")
        assert row.acknowledged_until > timezone.now()
    over.refresh_from_db()
    assert over.acknowledged_at is None
    order(client, "acknowledge", first)
    first.refresh_from_db()
    assert first.acknowledged_until is None


def test_a_mute_is_made_with_an_end_and_ended(admin_client):
    client = operator(AlertMute, name="ana")
    said = order(client, "mute", of=AlertMute, subject="report_*", kind="late", until="1d", reason="known")
    assert said == ["Mute: Muted: report_*."]
    row = AlertMute.objects.get()
    assert (row.subject, row.kind, row.actor, row.comment) == ("report_*", "late", "ana", "known")
    assert "Ended" in order(client, "unmute", row, reason="fixed")[0]
    row.refresh_from_db()
    assert (row.ended_at is None, row.ended_by) == (False, "ana")
    assert "in force" in order(client, "unmute", row)[0]


@pytest.mark.parametrize("wrong", [{"until": ""}, {"until": "99999d"}, {"subject": ""}, {"kind": "x"}])
def test_a_mute_that_cannot_be_is_told(admin_client, wrong):
    given = {"subject": "report_*", "kind": "", "until": "1d", **wrong}
    answer = admin_client.post(order_page(AlertMute, "mute"), given)
    assert answer.status_code == 200 or "within a year" in told(answer)[0]
    assert not AlertMute.objects.exists()
