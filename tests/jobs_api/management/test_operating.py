"""jobs_backfill, jobs_pause, jobs_resume, jobs_reap and jobs_token: what an operator does."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs_api import current_run
from jobs_api.management import base
from jobs_api.models import JobPause, JobRun, Token
from jobs_api.runs import pausing
from tests.conftest import NOON, stored_run

from .calling import manage

pytestmark = pytest.mark.django_db
PAST, LATER = NOON.replace(year=2020), timezone.now() + timedelta(days=1)


@pytest.fixture(autouse=True)
def ops(monkeypatch):
    monkeypatch.setattr(base, "user", lambda: "ops")


def days_ago(days: int) -> date:
    return timezone.now().date() - timedelta(days=days)


# -- jobs_backfill ----------------------------------------------------------------------------


def test_backfill_queues_the_slots_without_a_run(declare):
    job = declare()
    stored_run(job, timezone.now().replace(hour=3, minute=0, second=0, microsecond=0) - timedelta(days=4))
    said = manage("jobs_backfill", "nightly", days_ago(5), days_ago(2), "--reason", "outage")
    expected = [f"{days_ago(days)}T03:00:00+00:00" for days in (5, 3)]
    assert said.code == 0
    shown = [text.replace("T", " ") for text in expected]
    assert said.lines == [*shown, "2 of 3 slots queued; jobs_run_due starts them."]
    queued = JobRun.objects.filter(state="queued").order_by("run_date")
    assert [run.run_date.isoformat() for run in queued] == expected
    assert {(run.trigger, run.actor, run.comment) for run in queued} == {("backfill", "ops", "outage")}


def test_run_due_starts_what_was_queued_oldest_first(declare, toy):
    started = []
    toy(lambda command, **options: started.append(current_run().run_date.date()))
    declare()
    manage("jobs_backfill", "nightly", days_ago(5), days_ago(2))
    manage("jobs_run_due")
    assert started[:3] == [days_ago(5), days_ago(4), days_ago(3)]


def test_a_dry_run_of_a_backfill_writes_nothing(declare):
    declare()
    with CaptureQueriesContext(connection) as queries:
        said = manage("jobs_backfill", "nightly", days_ago(3), days_ago(1), "--dry-run")
    assert said.lines[-1] == "2 of 2 slots would be queued."
    assert {query["sql"].split()[0] for query in queries} == {"SELECT"}
    assert not JobRun.objects.exists()


def test_backfill_tells_a_program_which_slots(declare):
    declare()
    found = manage("jobs_backfill", "nightly", days_ago(3), days_ago(1), "--json").json()
    slots = [f"{days_ago(days)}T03:00:00+00:00" for days in (3, 2)]
    assert found == {"job": "nightly", "slots": 2, "queued": slots, "dry_run": False}


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (days_ago(1), days_ago(1), "`end` (exclusive) must be later than `start`."),
        (days_ago(1), days_ago(-2), "`end` is in the future"),
        (days_ago(500), days_ago(1), "`start` is older than the retention"),
        ("yesterday", days_ago(1), "`start` must be ISO 8601"),
        (f"{days_ago(2)}T00:00:00", days_ago(1), "`start` must be ISO 8601 with an offset"),
    ],
)
def test_an_interval_that_cannot_be_filled_is_an_error(declare, start, end, said):
    declare()
    answer = manage("jobs_backfill", "nightly", start, end)
    assert (answer.code, said in answer.err) == (1, True)
    assert not JobRun.objects.exists()


def test_more_than_a_thousand_slots_are_an_error_with_their_number(declare):
    declare(schedule="*/5 * * * *")
    answer = manage("jobs_backfill", "nightly", days_ago(9), days_ago(2))
    assert answer.code == 1
    assert "2,016 slots; at most 1,000" in answer.err
    assert not JobRun.objects.exists()


def test_a_job_without_schedule_has_no_slots_to_fill(declare):
    declare(schedule=None)
    assert "has no schedule" in manage("jobs_backfill", "nightly", days_ago(2), days_ago(1)).err


# -- jobs_pause, jobs_resume ------------------------------------------------------------------


def test_pause_and_resume_say_whether_they_changed_anything(declare):
    declare("a")
    declare("b")
    assert manage("jobs_pause", "a").out == "a: paused\n"
    first, second = manage("jobs_pause", "a", "b").lines
    assert first.startswith("a: was paused already, from 20")
    assert first.endswith(" by ops, until it is resumed")
    assert second == "b: paused"
    assert manage("jobs_resume", "a").out.startswith("a: resumed; it was paused from 20")
    assert manage("jobs_resume", "a").out == "a: was not paused\n"
    told = manage("jobs_resume", "a", "b", "--json").json()
    assert [(one["job"], one["changed"]) for one in told] == [("a", False), ("b", True)]


def test_who_resumed_and_why_is_on_record_beside_who_paused(declare):
    declare()
    manage("jobs_pause", "nightly", "--reason", "migration")
    said = manage("jobs_resume", "nightly", "--reason", "it is done")
    pause = JobPause.objects.get()
    assert (pause.actor, pause.comment) == ("ops", "migration")
    assert (pause.resumed_by, pause.resume_comment) == ("ops", "it is done")
    assert " by ops (migration) to 20" in said.out
    assert said.out.endswith(" by ops (it is done)\n")
    assert manage("jobs_list", "nightly").lines[-1].endswith(" by ops (it is done).")
    last = manage("jobs_resume", "nightly", "--json").json()[0]["last_pause"]
    assert (last["resumed_by"], last["resume_reason"]) == ("ops", "it is done")
    manage("jobs_pause", "nightly")
    assert manage("jobs_list", "nightly").lines[-1].endswith(" by ops, until it is resumed.")


def test_a_pause_is_on_record_and_stops_triggers(declare, toy):
    toy(lambda command, **options: None)
    declare()
    manage("jobs_pause", "nightly", "--reason", "migration")
    pause = JobPause.objects.get()
    assert (pause.actor, pause.comment, pause.ended_at) == ("ops", "migration", None)
    assert manage("jobs_run", "nightly").lines[1].startswith("paused")
    manage("jobs_resume", "nightly")
    assert manage("jobs_run", "nightly").lines[1].startswith("succeeded")


@pytest.mark.parametrize("name", ["jobs_pause", "jobs_resume"])
def test_one_unknown_name_among_several_changes_nothing(declare, name):
    job = declare("a")
    if name == "jobs_resume":
        pausing.pause(job, actor="", comment="", at=PAST)
    before = list(JobPause.objects.values())
    assert manage(name, "a", "unknown").code == 1
    assert list(JobPause.objects.values()) == before


# -- jobs_cancel ------------------------------------------------------------------------------


def test_a_queued_run_is_cancelled_and_a_running_one_is_asked_to_stop(declare):
    job = declare(overlap="allow")
    queued = stored_run(job, state="queued")
    running = stored_run(job, NOON - timedelta(days=1), state="running", lease_expires_at=LATER)
    said = [manage("jobs_cancel", run.pk, "--reason", "wrong file") for run in (queued, running)]
    assert [one.out for one in said] == [
        f"Run {queued.pk}: cancelled.\n",
        f"Run {running.pk}: asked to stop.\n",
    ]
    for run in (queued, running):
        run.refresh_from_db()
    assert (queued.state, running.state) == ("cancelled", "running")
    assert running.cancel_requested_at is not None
    assert running.note == "cancel requested by ops: wrong file"


def test_a_run_that_has_ended_cannot_be_cancelled(declare):
    said = manage("jobs_cancel", stored_run(declare()).pk)
    assert said.code == 1
    assert "has ended as succeeded" in said.err


# -- jobs_reap --------------------------------------------------------------------------------


def test_reap_closes_what_has_run_out_and_nothing_else(declare):
    job = declare(overlap="allow")
    lost = stored_run(job, NOON, state="running", lease_expires_at=PAST)
    alive = stored_run(job, NOON.replace(hour=13), state="running", lease_expires_at=LATER)
    assert manage("jobs_reap").lines == [
        "run job run_date attempt",
        f"{lost.pk} nightly 2026-11-20 12:00:00+00:00 1",
    ]
    lost.refresh_from_db()
    alive.refresh_from_db()
    assert (lost.state, lost.reason, alive.state) == ("failed", "lost", "running")
    assert manage("jobs_reap").out == "No lease has expired.\n"
    assert manage("jobs_reap", "--json").json() == []


# -- jobs_token -------------------------------------------------------------------------------


def secret_of(*line):
    return manage("jobs_token", "create", *line, "--json").json()["secret"]


def test_a_token_is_shown_once_and_works(declare, toy, client):
    toy(lambda command, **options: None)
    declare()
    said = manage("jobs_token", "create", "ci")
    secret = said.lines[0]
    assert said.out.count(secret) == 2
    assert (
        client.post("/api/jobs/nightly/run", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    )
    assert JobRun.objects.get().actor == "ci"
    assert secret not in manage("jobs_token", "list").out
    assert secret not in str(Token.objects.values())


def test_a_token_may_trigger_every_job_unless_it_is_said_otherwise():
    secret_of("ci")
    secret_of(
        "ops", "--scope", "read", "--scope", "operate", "--job", "clean_*", "--job", "x", "--days", "30"
    )
    ci, ops = Token.objects.order_by("name")
    assert (ci.scopes, ci.patterns, ci.expires_at) == (["trigger"], ["*"], None)
    assert (ops.scopes, ops.patterns) == (["read", "operate"], ["clean_*", "x"])
    assert ops.expires_at - ops.created_at == timedelta(days=30)


def test_a_revoked_token_is_refused_at_once(declare, client):
    declare()
    bearer = {"Authorization": f"Bearer {secret_of('ci', '--scope', 'read')}"}
    assert client.get("/api/jobs", headers=bearer).status_code == 200
    assert manage("jobs_token", "revoke", "ci").out == "ci: revoked.\n"
    assert client.get("/api/jobs", headers=bearer).status_code == 401


def test_tokens_are_listed_by_name(declare):
    assert manage("jobs_token", "list").out == "No tokens; create one with jobs_token create.\n"
    secret_of("b")
    secret_of("a", "--job", "x")
    lines = manage("jobs_token", "list").lines
    assert lines[0] == "name scopes jobs created expires last_used revoked"
    assert [line.split()[:3] for line in lines[1:]] == [["a", "trigger", "x"], ["b", "trigger", "*"]]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["revoke", "unknown"], "There is no token 'unknown' to revoke; `jobs_token list` lists them."),
        (["create", "taken"], "A token named 'taken' exists"),
        (["create", "x" * 81], "`name` must have 1 to 80 characters."),
        (["create", "x", "--job", ""], "`patterns` must name at least one job"),
        (["create", "x", "--days", "0"], "--days must be above 0"),
        (["create", "x", "--days", "nan"], "--days must be above 0"),
        (["create", "x", "--days", "1e9"], "less than a hundred years"),
        (["create", "x", "--scope", "admin"], "invalid choice: 'admin'"),
        ([], "the following arguments are required: verb"),
    ],
)
def test_what_cannot_be_done_with_tokens_is_an_error(line, said):
    secret_of("taken")
    answer = manage("jobs_token", *line)
    assert (answer.code, said in answer.err) == (1, True), answer.err
    assert Token.objects.count() == 1


def test_a_token_is_revoked_once():
    secret_of("ci")
    manage("jobs_token", "revoke", "ci")
    assert manage("jobs_token", "revoke", "ci").code == 1
