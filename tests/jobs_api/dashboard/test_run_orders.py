"""Run it again, cancel it: what is asked, done and told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from pydantic import BaseModel, Field

from jobs_api import registry
from jobs_api.models import AuditEntry, JobRun, State
from tests.conftest import stored_run
from tests.databases import ONE_DATABASE
from tests.jobs_api.dashboard.orders import DAYS_AGO, NOW, failed, order, told
from tests.jobs_api.dashboard.people import DIALOG, at, operator

pytestmark = pytest.mark.django_db


class Report(BaseModel):
    days: int = Field(default=1, ge=1, le=31)
    api_key: str = ""
    names: list[str] = []


@pytest.fixture
def seen(toy):
    """The options of each run of the toy."""
    calls: list[dict[str, Any]] = []
    toy(lambda command, **options: calls.append(options))
    return calls


def test_a_run_is_run_again_with_reason_and_actor_and_a_second_click_does_no_harm(declare, seen):
    row = failed(declare())
    client = operator(name="ana")
    sent = {"mark": row.attempt, "reason": "the address is right now"}
    answer = client.post(at("run_rerun", row.pk), sent)
    assert (answer.status_code, answer["Location"]) == (303, at("run", row.pk))
    assert told(answer) == ["It has succeeded. (succeeded)"]
    (said,) = order(client, "run_rerun", row.pk, **sent)
    assert "it has changed since it was shown" in said
    row.refresh_from_db()
    assert (row.state, row.attempt, row.trigger) == (State.SUCCEEDED, 2, "rerun")
    assert (row.actor, row.comment) == ("ana", "the address is right now")
    assert len(seen) == 1
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.origin, entry.actor, entry.run) == ("rerun", "dashboard", "ana", row.pk)


@pytest.mark.parametrize(
    ("sent", "options"),
    [
        ({"change": "keep", "option-days": "9"}, {"days": 3, "api_key": "s3cr3t-value", "names": ["a"]}),
        (
            {"change": "change", "option-days": "9", "option-names": 'b, "c, d"'},
            {"days": 9, "api_key": "s3cr3t-value", "names": ["b", "c, d"]},
        ),
        ({"change": "change", "option-api_key": "new"}, {"api_key": "new"}),
    ],
)
def test_its_options_are_kept_or_changed(sent, options, declare, seen):
    stored = {"days": 3, "api_key": "s3cr3t-value", "names": ["a"]}
    row = failed(declare(params=Report), options=stored)
    order(operator(), "run_rerun", row.pk, mark=row.attempt, **sent)
    assert JobRun.objects.get().options == options
    assert AuditEntry.objects.get().details == (
        {"options": sorted(options)} if sent["change"] == "change" else {}
    )


@ONE_DATABASE
def test_no_page_shows_a_secret_of_the_options(declare, seen):
    row = failed(declare(params=Report), options={"days": 3, "api_key": "s3cr3t-value"})
    client, address = operator(), at("run_rerun", row.pk)
    assert "s3cr3t-value" not in client.get(address).text
    sent = {"change": "change", "option-days": "x", "option-api_key": "an0ther", "mark": row.attempt}
    answer = client.post(address, sent, headers=DIALOG)
    assert answer.status_code == 422
    assert "Write a whole number" in answer.text
    assert "Type it again: it is not shown." in answer.text
    assert "s3cr3t-value" not in answer.text
    assert "an0ther" not in answer.text
    assert not seen


@ONE_DATABASE
@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("queued", "The run is queued: the next run-due starts it"),
        ("running", "Another attempt holds the slot. (already_running)"),
    ],
)
def test_what_is_under_way_is_not_run_again(state, said, declare):
    row = stored_run(declare(), NOW - timedelta(hours=1), state=state)
    JobRun.objects.filter(pk=row.pk).update(
        lease_expires_at=None if state == "queued" else NOW + timedelta(days=9)
    )
    client = operator()
    assert "disabled" in client.get(at("run_rerun", row.pk), headers=DIALOG).text
    assert said in order(client, "run_rerun", row.pk, mark=row.attempt)[0]
    assert JobRun.objects.get().state == state


def test_a_queued_run_is_cancelled_and_a_running_one_asked_to_stop(declare):
    job = declare(overlap="allow")
    queued = stored_run(job, DAYS_AGO, state="queued")
    running = stored_run(job, NOW, state="running", lease_expires_at=NOW + timedelta(days=9))
    ended, client = failed(job, DAYS_AGO - timedelta(days=1)), operator(name="ana")
    assert order(client, "run_cancel", queued.pk, mark=0, reason="wrong file") == ["The run is cancelled."]
    assert "asked to stop" in order(client, "run_cancel", running.pk, mark=1)[0]
    assert order(client, "run_cancel", ended.pk, mark=1)[0]
    assert JobRun.objects.get(pk=queued.pk).state == State.CANCELLED
    assert JobRun.objects.get(pk=running.pk).cancel_requested_at is not None
    assert JobRun.objects.get(pk=ended.pk).state == State.FAILED
    assert set(AuditEntry.objects.values_list("action", "origin", "actor")) == {
        ("cancel", "dashboard", "ana")
    }


@ONE_DATABASE
def test_a_run_whose_job_is_gone_is_shown_but_not_run_again(declare):
    row = failed(declare())
    registry.fill([])
    client = operator()
    assert "not declared any more" in client.get(at("run_rerun", row.pk)).text
    assert client.post(at("run_rerun", row.pk), {"mark": row.attempt}).status_code == 422
    assert client.get(at("run_cancel", row.pk)).status_code == 200


@ONE_DATABASE
@pytest.mark.parametrize(
    ("back", "leads_to"),
    [
        ("/dashboard/runs/?state=failed", "/dashboard/runs/?state=failed"),
        ("https://evil.example/dashboard/", None),
        ("//evil.example/dashboard/", None),
        ("/dashboard/\\evil.example", "/dashboard/%5Cevil.example"),
        ("/admin/logout/", None),
        ("javascript:alert(1)", None),
        ("\x00", None),
    ],
)
def test_an_order_leads_back_to_pages_of_the_dashboard_only(back, leads_to, declare):
    declare()
    client = operator()
    sent = {"until": "open", "reason": "x", "next": back}
    answer = client.post(at("job_pause", "nightly"), sent)
    assert answer["Location"] == (leads_to or at("job", "nightly"))
    shown = {**DIALOG, "HX-Current-URL": f"https://testserver{back}" if back.startswith("/") else back}
    answer = client.post(at("job_resume", "nightly"), headers=shown)
    assert answer["HX-Redirect"].startswith("/dashboard/")


@ONE_DATABASE
def test_a_form_of_ten_megabytes_is_refused(declare):
    row = failed(declare())
    answer = operator().post(at("run_rerun", row.pk), {"mark": row.attempt, "reason": "x" * 10_000_000})
    assert answer.status_code in (400, 413)
    assert JobRun.objects.get().state == State.FAILED


@pytest.mark.django_db(transaction=True)
def test_a_claim_is_committed_before_its_command_runs(declare, toy, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    inside = []
    toy(lambda command, **options: inside.append(connection.in_atomic_block))
    row = failed(declare())
    order(operator(), "run_rerun", row.pk, mark=row.attempt)
    order(operator(), "bulk", action="rerun", marks=f"{row.pk}.2")
    assert inside == [False, False]
