"""jobs_list and jobs_show: what a person looks at first."""

import os
import socket
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from jobs_api import registry
from jobs_api.models import JobAttempt, JobRun
from jobs_api.runs import job_state, pausing
from jobs_api.schedule.slots import current_slot
from tests.conftest import NOON, stored_run
from tests.jobs_api.execution.attempts import raising

from .calling import manage

pytestmark = pytest.mark.django_db
PAST, LATER = NOON.replace(year=2020), timezone.now() + timedelta(days=1)


@pytest.fixture
def known(declare):
    """``known("nightly")`` declares a job that the database has known for years."""

    def job(*args, **fields):
        declared = declare(*args, **fields)
        job_state.know_all(at=PAST)
        return declared

    return job


def run_now(job, **fields):
    return stored_run(job, current_slot(job.slots, timezone.now()), **fields)


# -- jobs_list --------------------------------------------------------------------------------


def test_the_list_has_a_line_for_each_job(known):
    known("b", timezone="Europe/Berlin")
    known("a", schedule=None)
    lines = manage("jobs_list").lines
    assert lines[0] == "job schedule timezone next last_slot last_state run health"
    assert lines[1] == "a - UTC - - - - ok"
    assert lines[2].startswith("b 0 3 * * * Europe/Berlin ")
    assert lines[2].endswith(" - - - missed")


def test_where_no_job_is_declared_the_list_says_where_to(declare):
    assert manage("jobs_list").out == "No jobs: declare them in <app>/jobs.py.\n"
    assert manage("jobs_list", "--json").json() == []


HIDDEN = "Some declarations have errors, which hide jobs: see manage.py check.\n"


def test_where_faulty_declarations_hide_every_job_the_list_says_so_and_fails(declare, faulty):
    with faulty():
        said, machine = manage("jobs_list"), manage("jobs_list", "--json")
    assert (said.code, said.out, said.err) == (1, "No jobs.\n", HIDDEN)
    assert (machine.code, machine.json(), machine.err) == (1, [], HIDDEN)


def test_where_faulty_declarations_hide_some_jobs_the_list_has_the_others(known, faulty):
    known("a", schedule=None)
    with faulty():
        said = manage("jobs_list")
    assert (said.code, said.err) == (0, HIDDEN)
    assert said.lines[1:] == ["a - UTC - - - - ok"]


HEALTH = {
    "ok": ({}, "succeeded"),
    "failing": ({"state": "failed", "reason": "error"}, "failed error"),
    "lost": ({"state": "running", "lease_expires_at": PAST}, "failed lost"),
    "running": ({"state": "running", "lease_expires_at": LATER, "started_at": timezone.now()}, "running"),
    "skipped": ({"state": "skipped"}, "skipped"),
}


@pytest.mark.parametrize("case", HEALTH)
def test_the_list_tells_the_last_run_and_health(known, case):
    fields, state = HEALTH[case]
    run = run_now(known(), **fields)
    (line,) = manage("jobs_list", "--json").json()
    assert (line["last_state"], line["run"]) == (state, run.pk)
    assert line["health"] == ("failing" if state.startswith("failed") else "ok")


def test_a_paused_job_is_listed_as_such(known):
    pausing.pause(known(), actor="", comment="", at=timezone.now())
    assert manage("jobs_list").lines[1].endswith(" paused")


def test_runs_of_jobs_that_are_gone_are_not_listed(known):
    run_now(known("gone"))
    registry.fill([])
    assert manage("jobs_list", "--json").json() == []


def test_with_a_name_the_newest_runs_of_that_job_are_listed(declare):
    job, other = declare(overlap="allow"), declare("other")
    stored_run(other)
    for day, state in ((17, "succeeded"), (18, "failed"), (19, "running"), (20, "queued")):
        stored_run(job, NOON.replace(day=day), state=state, reason="error" if state == "failed" else "")
    told = manage("jobs_list", "nightly", "--json").json()
    assert [one["state"] for one in told] == ["queued", "failed lost", "failed error", "succeeded"]
    failed = manage("jobs_list", "nightly", "--state", "failed", "--json").json()
    assert [one["state"] for one in failed] == ["failed lost", "failed error"]
    assert len(manage("jobs_list", "nightly", "--limit", "2", "--json").json()) == 2
    assert manage("jobs_list", "nightly", "--state", "skipped").out == "No such runs.\n"


def test_with_a_state_alone_the_newest_runs_of_all_jobs_in_it_are_listed(known):
    """Who looks for what no worker has begun need not know whose it is."""
    nightly, other, gone = known(timezone="Europe/Berlin"), known("other"), known("gone")
    waiting = {"state": "claimed", "attempt": 1, "lease_expires_at": LATER, "started_at": None}
    second = stored_run(nightly, NOON.replace(day=17), **waiting)
    stored_run(nightly, NOON.replace(day=18))
    third = stored_run(other, NOON.replace(day=17), **waiting)
    first = stored_run(gone, NOON.replace(day=16), **waiting)
    stored_run(other, NOON.replace(day=18), **{**waiting, "held_job": None, "lease_expires_at": PAST})
    registry.fill([nightly, other])
    told = manage("jobs_list", "--state", "claimed", "--json").json()
    assert [(one["run"], one["job"]) for one in told] == [
        (third.pk, "other"),
        (second.pk, "nightly"),
        (first.pk, "gone"),
    ]
    assert told[1]["run_date"] == "2026-11-17T13:00:00+01:00"
    lines = manage("jobs_list", "--state", "claimed", "--limit", "1").lines
    assert lines[0] == "run job run_date state attempt trigger source started took"
    assert [line.split()[:2] for line in lines[1:]] == [[str(third.pk), "other"]]
    assert manage("jobs_list", "--state", "skipped").out == "No such runs.\n"


# -- jobs_show --------------------------------------------------------------------------------


def test_a_run_is_shown_with_each_attempt_and_the_newest_output(declare, toy):
    declare(retry_backoff=0)
    toy(raising(ValueError("no such order")))
    manage("jobs_run", "nightly")
    toy(lambda command, **options: print("all is well"))
    manage("jobs_run", "nightly", "--reason", "again")
    run = JobRun.objects.get()
    shown = manage("jobs_show", run.pk)
    assert shown.code == 0
    assert shown.lines[0].startswith(f"Run {run.pk}: nightly, slot ")
    assert shown.lines[0].endswith(", succeeded, tries used 1, options {}")
    first, second = shown.lines[3:5]
    assert first.startswith("1 failed error command")
    assert "ValueError: no such order" in first
    assert second.startswith("2 succeeded - command")
    assert second.endswith(" again")
    assert shown.out.endswith("Output of attempt 2:\nall is well\n")
    assert "ValueError: no such order" in manage("jobs_show", run.pk, "--attempt", 1).lines[-1]


def test_a_program_gets_the_attempts_oldest_first(declare, toy):
    toy(lambda command, **options: print("said"))
    declare()
    manage("jobs_run", "nightly")
    manage("jobs_run", "nightly", "--force")
    found = manage("jobs_show", JobRun.objects.get().pk, "--json").json()
    assert [attempt["attempt"] for attempt in found["attempts"]] == [1, 2]
    assert (found["state"], found["tries"], found["output"]) == ("succeeded", 0, "said\n")


def test_each_attempt_names_the_process_that_holds_it(declare):
    declare()
    manage("jobs_run", "nightly")
    (attempt,) = manage("jobs_show", JobRun.objects.get().pk, "--json").json()["attempts"]
    assert attempt["holder"] == f"{socket.gethostname()}:{os.getpid()}"


def test_each_attempt_names_its_executor(known):
    run = run_now(known(), attempt=2, executor="celery")
    JobAttempt.objects.create(run=run, attempt=1, state="failed", reason="lost", executor="subprocess")
    shown = manage("jobs_show", run.pk)
    column = shown.lines[2].split().index("executor")
    assert [line.split()[column] for line in shown.lines[3:5]] == ["subprocess", "celery"]
    told = manage("jobs_show", run.pk, "--json").json()
    assert [attempt["executor"] for attempt in told["attempts"]] == ["subprocess", "celery"]


MADE, TAKEN = NOON - timedelta(hours=2), NOON - timedelta(hours=1)
WAITS = {
    "queued": ({"state": "queued", "next_attempt_at": NOON}, MADE),
    "queued, its first found no room": ({"state": "queued", "attempt": 1, "next_attempt_at": NOON}, MADE),
    "queued, a later one did not": ({"state": "queued", "attempt": 2, "next_attempt_at": NOON}, NOON),
    "claimed": ({"state": "claimed", "claimed_at": TAKEN, "lease_expires_at": LATER}, TAKEN),
    "claimed, and nobody began": ({"state": "claimed", "claimed_at": TAKEN, "lease_expires_at": PAST}, None),
    "running": ({"state": "running", "claimed_at": TAKEN, "lease_expires_at": LATER}, None),
    "failed": ({"state": "failed", "reason": "error", "claimed_at": TAKEN, "next_attempt_at": NOON}, None),
}


@pytest.mark.parametrize("case", WAITS)
def test_a_run_that_nobody_has_begun_is_shown_with_since_when_it_waits(known, case):
    fields, since = WAITS[case]
    run = run_now(known(timezone="Europe/Berlin"), created_at=MADE, **fields)
    told = manage("jobs_show", run.pk, "--json").json()
    title = manage("jobs_show", run.pk).lines[0]
    if since is None:
        assert told["waits_since"] is None
        assert " since " not in title
    else:
        assert datetime.fromisoformat(told["waits_since"]) == since
        local = since.astimezone(ZoneInfo("Europe/Berlin")).isoformat()
        assert title.split(", ")[2] == f"{fields['state']} since {local}"


@pytest.mark.parametrize(
    ("done", "total", "shown"), [(4, 30, "4 of 30"), (0, 0, "0 of 0"), (4, None, "4"), (None, None, "")]
)
def test_a_run_is_shown_with_how_far_it_is(known, done, total, shown):
    run = stored_run(known(), state="running", progress_done=done, progress_total=total)
    title = manage("jobs_show", run.pk).lines[0]
    assert (f", progress {shown}," in title) == bool(shown)
    assert ("progress" in title) == bool(shown)
    expected = {"done": done, "total": total} if shown else None
    assert manage("jobs_show", run.pk, "--json").json()["progress"] == expected


@pytest.mark.parametrize(("state", "shown"), [("failed", True), ("succeeded", False), ("running", False)])
def test_a_run_that_is_to_be_retried_is_shown_with_when(known, state, shown):
    job = known(timezone="Asia/Tokyo")
    lease = {"lease_expires_at": LATER} if state == "running" else {}
    run = stored_run(job, state=state, next_attempt_at=NOON, **lease)
    title = manage("jobs_show", run.pk).lines[0]
    assert (", next try from 2026-11-20T21:00:00+09:00," in title) == shown
    assert bool(manage("jobs_show", run.pk, "--json").json()["next_attempt_at"]) == shown


def test_a_run_whose_tries_are_used_up_has_no_next_try(known):
    run = stored_run(known(max_attempts=2), state="failed", tries=2, next_attempt_at=NOON)
    assert "next try" not in manage("jobs_show", run.pk).lines[0]


@pytest.mark.parametrize("state", ["cancelled", "skipped"])
def test_a_reason_that_says_what_the_state_says_is_not_shown_twice(known, state):
    run = stored_run(known(), state=state, reason=state)
    assert f"{state} {state}" not in manage("jobs_show", run.pk).lines[0]


def test_a_run_whose_holder_is_silent_is_shown_as_lost(known):
    run = run_now(known(), state="running", lease_expires_at=PAST)
    shown = manage("jobs_show", run.pk)
    assert "failed lost" in shown.lines[0]
    assert shown.lines[3].startswith("1 failed lost")


def test_a_queued_run_has_no_attempt_yet(known):
    run = run_now(known(), state="queued")
    shown = manage("jobs_show", run.pk)
    assert (shown.code, shown.lines[0].split(", ")[2].split()[0]) == (0, "queued")
    assert manage("jobs_show", run.pk, "--json").json()["attempts"] == []


def test_a_run_of_a_job_that_is_gone_is_shown(known):
    run = run_now(known())
    registry.fill([])
    assert manage("jobs_show", run.pk).lines[0].startswith(f"Run {run.pk}: nightly, slot ")


@pytest.mark.parametrize("number", [0, 2, -1])
def test_an_attempt_that_does_not_exist_is_an_error(known, number):
    run = run_now(known())
    said = manage("jobs_show", run.pk, f"--attempt={number}")
    assert said.code == 1
    assert said.err == f"CommandError: Run {run.pk} has no attempt {number}; it has had 1."


def test_output_cut_in_the_middle_is_shown_with_its_mark(known):
    run = run_now(known(), output_head="ä".encode()[:1], output_tail=b"end", output_size=100)
    assert manage("jobs_show", run.pk).out.endswith(":\n\ufffd\n[... 96 bytes left out ...]\nend\n")


def test_a_superseded_attempt_is_shown_as_it_was(known):
    run = run_now(known(), attempt=2)
    JobAttempt.objects.create(
        run=run, attempt=1, state="failed", reason="interrupted", trigger="http", source="qstash"
    )
    assert manage("jobs_show", run.pk).lines[3].startswith("1 failed interrupted http qstash")
