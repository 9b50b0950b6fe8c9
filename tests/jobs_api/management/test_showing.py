"""jobs_show: how far a run is, who holds it, what comes next, each attempt, and its output last."""

import io
import os
import re
import socket
from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from jobs_api import registry
from jobs_api.conf import config
from jobs_api.management.facts import Fact, Facts
from jobs_api.management.tables import plain
from jobs_api.models import JobAttempt, JobRun
from jobs_api.monitoring.outlook import SKIPPED
from jobs_api.runs import pausing
from tests.conftest import NOON, stored_run
from tests.jobs_api.execution.attempts import raising
from tests.jobs_api.management.storing import run_now

from .calling import manage
from .test_tables import LONG, WIDE, Terminal, width

pytestmark = pytest.mark.django_db
NOW = timezone.now()
PAST, LATER = NOON.replace(year=2020), NOW + timedelta(days=1)


def ago(**span):
    return timezone.now() - timedelta(**span)


def told(run, *arguments):
    """The facts of a run, by label."""
    lines = manage("jobs_show", run.pk, *arguments).out.splitlines()
    facts = [re.split("  +", line, maxsplit=1) for line in lines[1 : lines.index("")]]
    return {label: text.strip() for label, text in facts}


def attempts_of(said):
    """The lines of the table."""
    start = next(number for number, line in enumerate(said.lines) if line.startswith("attempt state"))
    return said.lines[start : said.lines.index("", start)]


# -- the run and its attempts -----------------------------------------------------------------


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
    assert shown.lines[0].endswith(", succeeded")
    _, first, second = attempts_of(shown)
    assert first.startswith("1 failed error command")
    assert "ValueError: no such order" in first
    assert second.startswith("2 succeeded - command")
    assert second.endswith(" again")
    assert told(run)["comment"] == "again"
    assert shown.out.endswith("Output of attempt 2:\nall is well\n")
    assert "ValueError: no such order" in manage("jobs_show", run.pk, "--attempt", 1).lines[-1]
    assert told(run, "--attempt", 1)["error"] == "ValueError: no such order"


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
    run = JobRun.objects.get()
    (attempt,) = manage("jobs_show", run.pk, "--json").json()["attempts"]
    assert attempt["holder"] == told(run)["holder"] == f"{socket.gethostname()}:{os.getpid()}"


def test_each_attempt_names_its_executor(known):
    run = run_now(known(), attempt=2, executor="celery", trigger="http", source="qstash", actor="ci")
    JobAttempt.objects.create(run=run, attempt=1, state="failed", reason="lost", executor="subprocess")
    heading, *lines = attempts_of(manage("jobs_show", run.pk))
    column = heading.split().index("executor")
    assert [line.split()[column] for line in lines] == ["subprocess", "celery"]
    assert told(run)["attempt"] == "2, triggered by http, source qstash, actor ci, executor celery"
    found = manage("jobs_show", run.pk, "--json").json()
    assert [attempt["executor"] for attempt in found["attempts"]] == ["subprocess", "celery"]


@pytest.mark.parametrize("declared", [True, False])
def test_a_job_s_name_means_its_newest_run(known, declared):
    job = known()
    stored_run(job, NOON - timedelta(days=1))
    newest = stored_run(job, NOON)
    stored_run(known("other"), NOON + timedelta(hours=1))
    if not declared:
        registry.fill([])
    assert manage("jobs_show", "nightly").lines[0].startswith(f"Run {newest.pk}: nightly")


def test_a_number_is_a_run_even_if_a_job_is_called_so(known):
    run = stored_run(known(), NOON)
    stored_run(known(str(run.pk)), NOON)
    assert manage("jobs_show", run.pk).lines[0].startswith(f"Run {run.pk}: nightly")


def test_a_job_without_a_run_is_not_unknown(known):
    known()
    said = manage("jobs_show", "nightly")
    assert (said.code, said.err) == (1, "CommandError: The job 'nightly' has no run yet.")


# -- how far it is ----------------------------------------------------------------------------

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
def test_a_run_that_nobody_has_begun_is_shown_with_since_when_it_waits(known, settings, case):
    settings.TIME_ZONE = "Europe/Berlin"
    fields, since = WAITS[case]
    run = run_now(known(timezone="Asia/Tokyo"), created_at=MADE, **fields)
    shown = manage("jobs_show", run.pk, "--json").json()
    if since is None:
        assert shown["waits_since"] is None
        assert "waiting" not in told(run)
    else:
        assert datetime.fromisoformat(shown["waits_since"]) == since
        local = timezone.localtime(since).isoformat(sep=" ")
        assert told(run)["waiting"].startswith(f"since {local} (")


@pytest.mark.parametrize(
    ("done", "total", "shown"), [(4, 30, "4 of 30"), (0, 0, "0 of 0"), (4, None, "4"), (None, None, "")]
)
def test_a_run_is_shown_with_how_far_it_is(known, done, total, shown):
    fields = {"lease_expires_at": LATER, "started_at": ago(minutes=12, seconds=30)}
    run = stored_run(known(), state="running", progress_done=done, progress_total=total, **fields)
    assert told(run)["running"] == "for 12 min of 60 min" + (f", {shown}" if shown else "")
    expected = {"done": done, "total": total} if shown else None
    found = manage("jobs_show", run.pk, "--json").json()
    assert (found["progress"], found["timeout"]) == (expected, 3600)
    assert 750 <= found["elapsed_seconds"] < 760


def test_a_run_past_its_timeout_says_so(known):
    run = stored_run(known(timeout=60), state="running", lease_expires_at=LATER, started_at=ago(hours=3))
    assert told(run)["running"] == "for 3 h of 60 s: past its timeout"


def test_a_run_that_has_ended_is_shown_with_what_it_took(known):
    run = stored_run(known(timeout=600), started_at=NOON, finished_at=NOON + timedelta(seconds=90))
    assert told(run)["took"] == "90 s of 10 min"
    assert "running" not in told(run)


def test_what_a_run_has_done_is_shown_where_nobody_knows_how_long_it_took(known):
    run = stored_run(known(), state="running", lease_expires_at=PAST, progress_done=3, finished_at=None)
    assert told(run)["progress"] == "3"


# -- who holds it -----------------------------------------------------------------------------


def test_the_lease_is_shown_with_its_holder_and_its_last_renewal(known):
    until = timezone.now() + timedelta(seconds=config().lease_seconds - 8)
    run = stored_run(known(), state="running", lease_expires_at=until, holder="web-1:4711")
    lease = told(run)["lease"]
    assert lease.startswith(f"until {timezone.localtime(until).isoformat(sep=' ', timespec='seconds')} (in ")
    left, since = re.search(r"\(in (\d+) s\), renewed (\d+) s ago, by web-1:4711$", lease).groups()
    assert 12 <= int(left) <= 22
    assert 8 <= int(since) <= 18
    assert "lost" not in told(run)


def test_a_claimed_run_has_not_renewed_anything(known):
    run = stored_run(known(), state="claimed", lease_expires_at=LATER, holder="web-1:4711", started_at=None)
    assert re.search(r"\(in 2\d h( \d+ min)?\), by web-1:4711$", told(run)["lease"])


def test_a_run_whose_holder_is_silent_says_since_when_and_where(known):
    since = timezone.now() - timedelta(minutes=5)
    fields = {"lease_expires_at": since + timedelta(seconds=config().lease_seconds), "holder": "web-1:4711"}
    run = run_now(known(), state="running", **fields)
    shown = manage("jobs_show", run.pk)
    assert shown.lines[0].endswith("failed lost")
    assert attempts_of(shown)[1].startswith("1 failed lost")
    local = timezone.localtime(since).isoformat(sep=" ", timespec="seconds")
    assert told(run)["lost"] == f"web-1:4711 has been silent since {local} (5 min); its lease is over"


@pytest.mark.parametrize(("seconds", "executor", "hangs"), [(601, "inline", True), (629, "inline", True),
                         (300, "inline", False), (601, "subprocess", False)])  # fmt: skip
def test_a_lost_run_whose_holder_had_its_lease_to_the_timeout_may_still_hang(known, seconds, executor, hangs):
    """Its heartbeat stops at the timeout: no process has died, and its thread is still taken."""
    begun = timezone.now() - timedelta(hours=1)
    lease = {"started_at": begun, "lease_expires_at": begun + timedelta(seconds=seconds)}
    run = run_now(known(timeout=600), state="running", holder="web-1:4711", executor=executor, **lease)
    assert ("web-1:4711" in told(run).get("hangs", "")) == hangs


def test_a_run_that_nobody_began_in_time_says_so(known):
    run = run_now(known(), state="claimed", lease_expires_at=PAST, started_at=None)
    assert told(run)["lost"] == "No process began it in time."


def test_a_loss_that_was_closed_still_names_the_host(known):
    run = run_now(known(), state="running", lease_expires_at=PAST, holder="web-1:4711")
    manage("jobs_reap")
    error = "web-1:4711 went silent, and its lease ran out at 2020-11-20T12:00:00+00:00."
    assert told(run)["error"] == error
    assert manage("jobs_show", run.pk, "--json").json()["attempts"][0]["error"] == error


def test_a_cancel_that_was_requested_is_shown(known):
    fields = {
        "lease_expires_at": LATER,
        "cancel_requested_at": ago(seconds=90),
        "note": "cancel requested by ops",
    }
    run = run_now(known(), state="running", **fields)
    assert re.fullmatch(r"requested at .+, 9\d s ago", told(run)["cancel"])
    assert told(run)["note"] == "cancel requested by ops"


# -- tries, and what comes next ---------------------------------------------------------------

FAILED = {"state": "failed", "reason": "error"}
DUE = "the next trigger of this slot, or run-due, starts it"
USED_UP = "none: its tries are used up. `jobs_rerun {}` starts it again."
NEXT = {
    "succeeded": ({}, {}, None),
    "running": ({}, {"state": "running", "lease_expires_at": LATER}, None),
    "claimed": ({}, {"state": "claimed", "lease_expires_at": LATER}, None),
    "at once": ({}, {**FAILED, "next_attempt_at": PAST}, f"now: {DUE}"),
    "lost": ({}, {"state": "running", "lease_expires_at": PAST}, f"now: {DUE}"),
    "lost, at its last try": ({}, {"state": "running", "lease_expires_at": PAST, "tries": 2}, USED_UP),
    "claimed and lost": ({}, {"state": "claimed", "lease_expires_at": PAST, "tries": 2}, f"now: {DUE}"),
    "queued": ({}, {"state": "queued", "next_attempt_at": PAST}, f"now: {DUE}"),
    "used up": ({"max_attempts": 2}, {**FAILED, "tries": 2, "next_attempt_at": NOON}, USED_UP),
    "too old": (
        {"expires": 60},
        {**FAILED, "next_attempt_at": NOON, "run_date": ago(days=2)},
        "none: it is older than its job's `expires`. `jobs_rerun {}` starts it again.",
    ),
    "too old, but ordered": (
        {"expires": 60},
        {**FAILED, "next_attempt_at": NOON, "run_date": ago(days=2), "trigger": "backfill"},
        f"now: {DUE}",
    ),
    "beyond the retention": (
        {},
        {**FAILED, "next_attempt_at": NOON, "run_date": ago(days=500)},
        "none: it is older than the retention of runs. `jobs_rerun {}` starts it again.",
    ),
    "closed while it waited": (
        {},
        {"state": "failed", "reason": "submit_failed", "next_attempt_at": None},
        "none: it was closed before it began. `jobs_rerun {}` starts it again.",
    ),
    "cancelled": ({}, {"state": "cancelled"}, "none: it was cancelled. `jobs_rerun {}` starts it again."),
    "to be cancelled, and lost": (
        {},
        {"state": "running", "lease_expires_at": PAST, "cancel_requested_at": PAST},
        "none: a cancel was requested. `jobs_rerun {}` starts it again.",
    ),
    "skipped": (
        {},
        {"state": "skipped"},
        f"none: {SKIPPED}. `jobs_rerun {{}}` starts it again.",
    ),
}


@pytest.mark.parametrize("case", NEXT)
def test_the_next_try_is_told_or_why_there_is_none(known, case):
    declared, fields, shown = NEXT[case]
    run_date = fields.get("run_date", ago(hours=1))
    run = stored_run(known(**declared), **{**fields, "run_date": run_date})
    assert told(run).get("next try") == (shown and shown.format(run.pk))
    found = manage("jobs_show", run.pk, "--json").json()["next_try"]
    assert (found and found["expected"]) == (shown and not shown.startswith("none"))


def test_a_back_off_is_told_with_its_end(known):
    again = timezone.now() + timedelta(minutes=30, seconds=5)
    run = run_now(known(), state="failed", reason="error", tries=1, next_attempt_at=again)
    local = timezone.localtime(again).isoformat(sep=" ", timespec="seconds")
    assert told(run)["next try"] == f"from {local} on (in 30 min): {DUE}"
    assert datetime.fromisoformat(manage("jobs_show", run.pk, "--json").json()["next_try"]["at"]) == again


def test_a_retry_waits_while_its_job_is_paused(known):
    job = known()
    run = run_now(job, state="failed", reason="error", tries=1, next_attempt_at=PAST)
    pausing.pause(job, actor="ops", comment="", at=timezone.now())
    assert re.fullmatch(
        r"when it is resumed: its job is paused from 20\S+ \S+ by ops, until it is resumed",
        told(run)["next try"],
    )
    pausing.pause(job, actor="ops", comment="", at=timezone.now(), until=LATER)
    local = timezone.localtime(LATER).isoformat(sep=" ", timespec="seconds")
    assert told(run)["next try"].startswith(f"from {local} on: its job is paused from 20")
    pausing.resume(job, actor="ops", comment="", at=timezone.now())
    assert told(run)["next try"] == f"now: {DUE}"


def test_a_run_of_a_job_that_is_gone_has_no_next_try(known):
    run = run_now(known(), state="failed", reason="error", next_attempt_at=PAST)
    registry.fill([])
    shown = told(run)["next try"]
    assert (
        shown
        == "none: its job is not declared any more, at least on this host. Declare it again to start it."
    )
    assert manage("jobs_rerun", run.pk).code == 1  # so no hint says that this would start it
    assert told(run)["tries"] == "0"


TRIES = {
    "the first runs": ({"state": "running", "lease_expires_at": LATER}, "1 of 3"),
    "the second runs": ({"state": "running", "lease_expires_at": LATER, "tries": 1}, "2 of 3"),
    "the second succeeded": ({"state": "succeeded", "tries": 1}, "2 of 3"),
    "two have failed": ({**FAILED, "tries": 2}, "2 of 3"),
    "lost": ({"state": "running", "lease_expires_at": PAST, "tries": 1}, "2 of 3"),
    "nobody began it": ({"state": "claimed", "lease_expires_at": PAST, "tries": 1}, "1 of 3"),
    "queued": ({"state": "queued"}, "1 of 3"),
}


@pytest.mark.parametrize("case", TRIES)
def test_tries_are_told_with_how_many_there_are(known, case):
    fields, shown = TRIES[case]
    run = run_now(known(), **fields)
    assert told(run)["tries"] == shown
    assert manage("jobs_show", run.pk, "--json").json()["max_attempts"] == 3


@pytest.mark.parametrize("state", ["cancelled", "skipped"])
def test_a_reason_that_says_what_the_state_says_is_not_shown_twice(known, state):
    run = stored_run(known(), state=state, reason=state)
    assert f"{state} {state}" not in manage("jobs_show", run.pk).lines[0]


def test_a_queued_run_has_no_attempt_yet(known):
    run = run_now(known(), state="queued")
    shown = manage("jobs_show", run.pk)
    assert (shown.code, shown.lines[0].split(", ")[2]) == (0, "queued")
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
    assert attempts_of(manage("jobs_show", run.pk))[1].startswith("1 failed interrupted http qstash")


# -- on a terminal ----------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [30, 60, 80, 200])
@pytest.mark.parametrize("text", [LONG, WIDE, "It failed. " * 40])
def test_facts_fit_the_terminal_and_lose_nothing(text, columns):
    shown = list(map(plain, Facts([Fact("error", text), Fact("next try", "now")]).lines(columns)))
    assert max(map(width, shown)) <= columns
    assert shown[0].startswith("error     ")
    assert all(line.startswith(" " * 10) for line in shown[1:-1])
    assert "".join(line[10:].replace(" ", "") for line in shown[:-1]) == text.replace(" ", "")


@pytest.mark.parametrize("columns", [60, 80, 200])
def test_a_run_with_long_texts_fits_the_terminal(known, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    texts = {"source": WIDE[:100], "actor": LONG, "comment": LONG * 9, "note": WIDE, "holder": LONG}
    run = run_now(known(), **FAILED, error="Too long. " * 99, next_attempt_at=PAST, **texts)
    screen = Terminal()
    call_command("jobs_show", str(run.pk), "--no-color", stdout=screen, stderr=io.StringIO())
    title, *lines = screen.getvalue().splitlines()
    assert title.startswith(f"Run {run.pk}")
    assert max(map(width, lines)) <= columns
