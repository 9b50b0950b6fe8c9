"""Which triggers are by hand, and what is no action of a person: that writes no entry."""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

import jobs_api
from jobs_api.audit import acting
from jobs_api.audit.origin import NOBODY, origin
from jobs_api.auth import tokens
from jobs_api.exceptions import NoRoom
from jobs_api.models import AuditEntry, JobRun, State
from jobs_api.runs import job_state, pausing
from jobs_api.runs.types import Trigger
from jobs_api.triggers.dispatch import dispatch
from jobs_api.triggers.due import run_due, start_waiting
from jobs_api.triggers.request import Request
from jobs_api.triggers.rerunning import rerun
from tests.conftest import stored_run
from tests.jobs_api.audit.entries import NOON, told
from tests.jobs_api.audit.rows import YEARLY
from tests.jobs_api.management.calling import manage, now_slot
from tests.toys.executors import Taking

pytestmark = pytest.mark.django_db

RUN = "/api/jobs/nightly/run"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        super().isatty()  # raises where it is closed
        return True


def results():
    return list(AuditEntry.objects.order_by("pk").values_list("action", "result"))


@pytest.fixture
def nightly(declare):
    job = declare(**YEARLY)
    job_state.know_all(at=NOON.replace(year=2020))
    return job


def bearer(*scopes):
    _, secret = tokens.create("ci", scopes=scopes, at=timezone.now())
    AuditEntry.objects.get(action="token_create")
    return {"Authorization": f"Bearer {secret}"}


# -- at a command line ------------------------------------------------------------------------

LINES = {
    "at a terminal": ((), Terminal(), [("trigger", "attempt 1")]),
    "in a crontab": ((), io.StringIO(), []),
    "in a crontab that names its source": (("--source", "crontab"), io.StringIO(), []),
    "at a terminal, to try a line of a crontab": (("--source", "crontab"), Terminal(), []),
    "without standard input": ((), None, []),
    "with a reason": (("--reason", "asked"), io.StringIO(), [("trigger", "attempt 1")]),
    "forced": (("--force",), io.StringIO(), [("trigger", "attempt 1")]),
}


@pytest.mark.parametrize("case", LINES)
def test_a_command_line_is_by_hand(nightly, monkeypatch, case):
    words, stdin, recorded = LINES[case]
    monkeypatch.setattr(sys, "stdin", stdin)
    manage("jobs_run", "nightly", *words)
    assert results() == recorded
    assert JobRun.objects.get().state == State.SUCCEEDED


def test_a_closed_standard_input_is_no_terminal(nightly, monkeypatch):
    stdin = Terminal()
    stdin.close()
    monkeypatch.setattr(sys, "stdin", stdin)
    assert manage("jobs_run", "nightly").code == 0
    assert results() == []


REFUSALS = {
    "already_succeeded": lambda job, slot: stored_run(job, slot),
    "paused": lambda job, slot: pausing.pause(job, actor="", comment="", at=timezone.now()),
    "attempts_exhausted": lambda job, slot: stored_run(job, slot, state=State.FAILED, tries=3),
    "cancelled": lambda job, slot: stored_run(job, slot, state=State.CANCELLED),
}


@pytest.mark.parametrize("outcome", REFUSALS)
def test_who_stands_at_a_terminal_and_is_refused_is_recorded_with_the_outcome(nightly, monkeypatch, outcome):
    REFUSALS[outcome](nightly, now_slot(nightly))
    before = len(results())
    monkeypatch.setattr(sys, "stdin", Terminal())
    manage("jobs_run", "nightly")
    assert results()[before:] == [("trigger", outcome)]


# -- over HTTP --------------------------------------------------------------------------------


@contextmanager
def counted():
    """The statements of a block, without those that begin and end a transaction."""
    found = []

    def note(execute, sql, params, many, context):
        if not sql.strip().upper().startswith(("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT", "ROLLBACK")):
            found.append(sql.split()[0].upper())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def test_scheduled_traffic_writes_no_entry(api, nightly):
    for _ in range(3):
        api("POST", RUN)
        api("POST", "/api/run-due")
    run_due(Trigger("run_due", "crontab"))
    start_waiting("inline")
    manage("jobs_run_due")
    assert results() == []


def test_a_reason_costs_one_statement_more_and_its_repeats_none(api, declare):
    """The least token may give a reason: a flood of its repeats must not fill the table."""
    for name in ("warm", "plain", "reasoned"):
        declare(name, **YEARLY)
    api("POST", "/api/jobs/warm/run")
    with counted() as plain:
        api("POST", "/api/jobs/plain/run")
    with counted() as reasoned:
        api("POST", "/api/jobs/reasoned/run", json={"reason": "asked"})
    assert len(reasoned) == len(plain) + 1
    with counted() as repeat:
        for _ in range(3):
            api("POST", "/api/jobs/reasoned/run", json={"reason": "asked"})
    assert repeat == ["SELECT"] * 3
    assert results() == [("trigger", "attempt 1")]


@pytest.mark.parametrize("scope", ["trigger", "read"])
def test_who_lacks_the_scope_leaves_no_entry(api, nightly, scope):
    """Otherwise the least token could fill the table."""
    token, run = bearer(scope), stored_run(nightly, now_slot(nightly))
    before = results()
    paths = ["jobs/nightly/pause", "jobs/nightly/resume", f"runs/{run.pk}/rerun", f"runs/{run.pk}/cancel"]
    for path in [*paths, "jobs/nightly/backfill"]:
        assert api("POST", f"/api/{path}", json={}, headers=token).status_code == 403
    assert api("POST", RUN, json={"force": True}, headers=token).status_code == 403
    assert api("POST", "/api/pause", json={"jobs": ["*"]}, headers=token).status_code == 403
    assert results() == before


def test_a_wrong_value_is_no_action(api, nightly):
    token = bearer("operate", "trigger")
    before = results()
    for path, body in {
        "jobs/nightly/pause": {"until": "2001-01-01T00:00:00Z"},
        "jobs/nightly/backfill": {"start": "2026-01-01", "end": "2025-01-01"},
        "jobs/nightly/run": {"force": True, "run_date": "2001-01-01T00:00:01Z"},
        "pause": {"jobs": ["nothing*"]},
    }.items():
        assert api("POST", f"/api/{path}", json=body, headers=token).status_code in (404, 422)
    assert results() == before


def test_the_address_is_the_one_that_the_limit_on_wrong_tokens_counts(api, nightly):
    spoofed = {"X-Forwarded-For": "192.0.2.66", "Forwarded": "for=192.0.2.66"}
    for number, address in enumerate(("203.0.113.7", "2001:db8::7", "")):
        reason = f"number {number}"
        api("POST", f"{RUN}?force=1", json={}, REMOTE_ADDR=address, headers={**spoofed, **operator(number)})
        assert (AuditEntry.objects.last().address, reason) == (address, reason)


def operator(number):
    _, secret = tokens.create(f"ops{number}", scopes=tokens.SCOPES, at=timezone.now())
    return {"Authorization": f"Bearer {secret}"}


# -- from Python ------------------------------------------------------------------------------


def test_code_of_the_host_is_recorded_where_it_forces_or_says_why(nightly):
    jobs_api.trigger("nightly")
    assert results() == []
    jobs_api.trigger("nightly", reason="an order came")  # a repeat: nothing was started
    assert results() == []
    jobs_api.trigger("nightly", force=True, reason="the price was wrong")
    (entry,) = AuditEntry.objects.all()
    assert (entry.action, entry.result, entry.origin, entry.actor) == ("trigger", "attempt 2", "python", "")


@pytest.mark.parametrize("entrance", ["admin", "dashboard"])
def test_whatever_a_person_triggers_in_a_page_is_by_hand(nightly, entrance):
    slot = now_slot(nightly)
    with acting(entrance, actor="anna", address="203.0.113.7"):
        dispatch(Request(nightly, slot, Trigger(entrance, actor="anna")))
        dispatch(Request(nightly, slot, Trigger(entrance, actor="anna")))
    assert results() == [("trigger", "attempt 1"), ("trigger", "already_succeeded")]
    entry = AuditEntry.objects.first()
    assert (entry.origin, entry.actor, entry.address) == (entrance, "anna", "203.0.113.7")


def test_what_run_due_starts_for_a_page_is_not(declare):
    declare(schedule="0 3 * * *")
    job_state.know_all(at=NOON.replace(year=2020))
    with acting("dashboard", actor="anna"):
        run_due(Trigger("run_due", "dashboard", "anna"))
    assert JobRun.objects.get().state == State.SUCCEEDED
    assert results() == []


def test_a_command_that_a_trigger_runs_does_not_act_as_who_triggered_it(api, nightly, toy, declare):
    """It runs in the request, and what it does is its own doing."""
    seen = []
    other = declare("other")

    def act(command, **options):
        seen.append(origin())
        pausing.pause(other, actor="", comment="no data", at=timezone.now())
        call_command("jobs_resume", "other")

    toy(act)
    api("POST", RUN, json={})
    run = JobRun.objects.get()
    assert [(seen[0].kind, seen[0].actor, seen[0].address)] == [("python", "job nightly", f"run {run.pk}")]
    entries = AuditEntry.objects.order_by("pk").values_list("action", "origin", "address")
    assert list(entries) == [("pause", "python", f"run {run.pk}"), ("resume", "python", f"run {run.pk}")]
    assert origin() is NOBODY


def test_nobody_acts_any_more_after_a_request_that_fails(api, nightly):
    api("POST", "/api/jobs/nothing/run")
    api("POST", "/api/health/jobs")
    assert origin() is NOBODY


class Full(Taking):
    """Says that it has room, and takes nothing."""

    def submit(self, job, lease):
        super().submit(job, lease)
        raise NoRoom


def test_a_run_that_waits_for_room_is_recorded_once(declare):
    """Its attempt is claimed, parked and claimed again: that is one order."""
    job = declare(**YEARLY, executor=f"{__name__}.full")
    rerun(stored_run(job, now_slot(job)), job, Trigger("rerun", "", "ann", "again"))
    assert len(full.taken) > 1
    assert told() == [("rerun", "nightly", "ann", "again", "attempt 2")]


full = Full()


def test_jobs_that_clean_up_are_no_hand(nightly, declare, api):
    """A clean-up that is a job has a run; what it deletes of the audit is on record all the same."""
    declare("prune_runs", command="jobs_prune", **YEARLY)
    assert api("POST", "/api/jobs/prune_runs/run").json()["outcome"] == "succeeded"
    assert results() == []
