"""jobs_show --follow: the output as it comes, what happens to the run, and the exit status at its end."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from jobs_api.management import following
from jobs_api.models import JobAttempt, JobRun
from tests.conftest import NOON, stored_run

from .calling import in_a_shell, manage

pytestmark = pytest.mark.django_db
LATER = timezone.now() + timedelta(days=1)
RUNNING = {"state": "running", "lease_expires_at": LATER, "finished_at": None}
ENDED = {"held_job": None, "lease_expires_at": None, "finished_at": timezone.now()}


def write(run, text, **fields):
    """What the command has written so far, as its holder stores it."""
    data = text if isinstance(text, bytes) else text.encode()
    JobRun.objects.filter(pk=run.pk).update(output_head=data, output_size=len(data), **fields)


def end(run, text, state="succeeded", reason=""):
    write(run, text, state=state, reason=reason, **ENDED)


@pytest.fixture
def meanwhile(monkeypatch):
    """``meanwhile(first, second)``: what happens between two looks of the command, one after the other."""

    def script(*steps):
        left = iter(steps)
        monkeypatch.setattr(following, "time", SimpleNamespace(sleep=lambda seconds: next(left)()))

    return script


def output_of(said):
    """What was printed of the run's output, and after it."""
    return said.out.partition("Output of attempt ")[2].partition("\n")[2]


def test_the_output_is_printed_as_it_comes_to_the_end(declare, meanwhile):
    run = stored_run(declare(), **RUNNING)
    write(run, "one\n")
    meanwhile(
        lambda: write(run, "one\ntwo\nthr"),
        lambda: None,
        lambda: end(run, "one\ntwo\nthree\n"),
    )
    said = manage("jobs_show", run.pk, "--follow")
    assert said.code == 0
    assert output_of(said).startswith(f"one\ntwo\nthree\n\nRun {run.pk}: nightly, slot ")
    assert said.err == ""


@pytest.mark.parametrize(("state", "reason"), [("failed", "error"), ("cancelled", "cancelled")])
def test_a_run_that_does_not_succeed_is_exit_status_1_with_what_comes_next(declare, meanwhile, state, reason):
    run = stored_run(declare(), **RUNNING)
    meanwhile(lambda: end(run, "ValueError: no\n", state, reason))
    said = manage("jobs_show", run.pk, "--follow")
    assert said.code == 1
    assert "\nnext try " in output_of(said)


def test_a_run_that_has_ended_is_shown_and_nothing_is_waited_for(declare, meanwhile):
    run = stored_run(declare())
    write(run, "all is well\n")
    meanwhile()
    said = manage("jobs_show", "nightly", "--follow")
    assert (said.code, said.err) == (0, "")
    assert output_of(said).startswith("all is well\n\n")


def test_a_lost_run_ends_it(declare, meanwhile):
    run = stored_run(declare(), **{**RUNNING, "lease_expires_at": NOON.replace(year=2020)})
    meanwhile()
    said = manage("jobs_show", run.pk, "--follow")
    assert said.code == 1
    assert "\nlost " in said.out


def test_a_queued_run_is_waited_for_and_it_is_said_once(declare, meanwhile):
    run = stored_run(declare(), state="queued", attempt=0, next_attempt_at=NOON)
    claimed = {**RUNNING, "state": "claimed", "attempt": 1}
    meanwhile(
        lambda: None,
        lambda: JobRun.objects.filter(pk=run.pk).update(**claimed),
        lambda: None,
        lambda: write(run, "one\n", state="running"),
        lambda: end(run, "one\n"),
    )
    said = manage("jobs_show", run.pk, "--follow")
    assert said.code == 0
    assert said.err.splitlines() == [
        f"Run {run.pk} is queued: waiting for it to begin.",
        f"Run {run.pk} is claimed: waiting for it to begin.",
        f"Run {run.pk} runs.",
    ]
    assert output_of(said).startswith("one\n\n")


def test_a_new_attempt_is_announced_after_the_rest_of_the_one_before(declare, meanwhile):
    run = stored_run(declare(), **RUNNING)
    write(run, "first, ")

    def lose():
        JobAttempt.objects.create(
            run=run, attempt=1, state="failed", reason="lost", output_head=b"first, cut", output_size=10
        )
        write(run, "second\n", attempt=2)

    meanwhile(lose, lambda: end(run, "second\nand last\n"))
    said = manage("jobs_show", run.pk, "--follow")
    assert said.code == 0
    assert output_of(said).startswith("first, cut\nsecond\nand last\n\n")
    assert said.err == f"Attempt 2 of run {run.pk}:\n"


def test_letters_and_colours_that_are_written_in_two_parts_stay_whole(declare, meanwhile):
    run = stored_run(declare(), **RUNNING)
    whole = "żółw \x1b[31mred\x1b[0m\r\nend \x1b[2K"
    data = whole.encode()
    meanwhile(
        *(lambda size=size: write(run, data[:size]) for size in range(1, len(data))), lambda: end(run, data)
    )
    said = manage("jobs_show", run.pk, "--follow")
    assert output_of(said).startswith("żółw red\nend \\x1b[2K\n")


def test_raw_follows_unchanged(declare, meanwhile):
    run = stored_run(declare(), **RUNNING)
    meanwhile(lambda: end(run, "\x1b[31mred\x1b[0m\n"))
    assert output_of(manage("jobs_show", run.pk, "--follow", "--raw")).startswith("\x1b[31mred\x1b[0m\n\n")


def test_an_outage_is_one_line_and_does_not_end_it(declare, meanwhile):
    run = stored_run(declare(), **RUNNING)
    write(run, "one")

    def refuse(*args):
        raise OperationalError("server closed the connection\n\tunexpectedly")

    meanwhile(
        lambda: connection.execute_wrappers.append(refuse),
        lambda: None,
        lambda: None,
        lambda: connection.execute_wrappers.remove(refuse),
        lambda: end(run, "one, two\n"),
    )
    said = manage("jobs_show", run.pk, "--follow")
    assert said.code == 0
    assert said.err.splitlines() == [
        "The database does not answer (server closed the connection unexpectedly); trying again.",
        "The database answers again.",
    ]
    assert output_of(said).startswith("one\n, two\n\n")


def test_a_database_that_has_lost_its_tables_is_not_waited_for(declare, meanwhile):
    run = stored_run(declare(), **RUNNING)

    def refuse(*args):
        raise OperationalError("no such table: jobs_api_jobrun")

    meanwhile(lambda: connection.execute_wrappers.append(refuse))
    try:
        said = manage("jobs_show", run.pk, "--follow")
    finally:
        connection.execute_wrappers.remove(refuse)
    assert said.code == 75


def test_a_look_costs_one_statement_and_a_second_where_something_is_new(declare, meanwhile):
    run = stored_run(declare(), **RUNNING)
    seen = []

    def counted(execute, sql, *args):
        seen.append(sql)
        return execute(sql, *args)

    def begin_counting():
        connection.execute_wrappers.append(counted)

    def check(number):
        def step():
            looked = [sql for sql in seen if sql.startswith(("SELECT", "SET LOCAL"))]
            assert len(looked) == number, looked
            seen.clear()

        return step

    meanwhile(
        begin_counting,
        check(1),
        lambda: write(run, "new") or seen.clear(),
        check(2),
        lambda: end(run, "new") or connection.execute_wrappers.remove(counted),
    )
    assert manage("jobs_show", run.pk, "--follow").code == 0


def test_a_run_that_is_pruned_meanwhile_ends_it(declare, meanwhile):
    run = stored_run(declare(), **RUNNING)
    meanwhile(lambda: JobRun.objects.filter(pk=run.pk).delete())
    said = manage("jobs_show", run.pk, "--follow")
    assert (said.code, said.err) == (1, f"Run {run.pk} was pruned.\n")


def test_ctrl_c_ends_it_cleanly(declare, meanwhile):
    run = stored_run(declare(), **RUNNING)

    def interrupt():
        raise KeyboardInterrupt

    meanwhile(interrupt)
    assert in_a_shell("jobs_show", str(run.pk), "--follow") == 130
    run.refresh_from_db()
    assert (run.state, run.cancel_requested_at) == ("running", None)


@pytest.mark.parametrize("more", ["--json", "--attempt=1"])
def test_follow_is_for_people_and_the_newest_attempt(declare, more):
    said = manage("jobs_show", stored_run(declare()).pk, "--follow", more)
    assert said.code == 1
    assert said.err.startswith("CommandError: --follow is for people")
