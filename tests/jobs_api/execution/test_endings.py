"""Every way in which a command can end, and the reason that its attempt is given (contract, part 7)."""

import asyncio
import sys
import time
import types

import pytest
from django.core.management.base import CommandError
from django.utils import timezone

from jobs_api import RunStopped, current_run
from jobs_api.exceptions import LeaseLost
from jobs_api.execution.perform import perform
from jobs_api.models import JobRun
from jobs_api.runs.types import Trigger
from jobs_api.triggers.dispatch import Request, dispatch
from tests.conftest import NOON

from .attempts import begun, output_of, performed, raising

pytestmark = pytest.mark.django_db


class Wordless(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


class Odd:
    def __str__(self) -> str:
        return "odd\x00\ud800"


FINE = ("succeeded", "", "", 0)
ENDS = {
    "returns": (lambda command, **options: "text", FINE),
    "sys.exit(0)": (raising(SystemExit(0)), FINE),
    "sys.exit()": (raising(SystemExit()), FINE),
    "sys.exit(3)": (raising(SystemExit(3)), ("failed", "exit", "The command exited with 3.", 1)),
    "sys.exit('text')": (raising(SystemExit("no")), ("failed", "exit", "The command exited with 'no'.", 1)),
    "sys.exit('')": (raising(SystemExit("")), ("failed", "exit", "The command exited with ''.", 1)),
    "CommandError": (raising(CommandError("no file")), ("failed", "error", "CommandError: no file", 1)),
    "CommandError with a status": (
        raising(CommandError("no file", returncode=3)),
        ("failed", "error", "CommandError: no file", 1),
    ),
    "an exception": (raising(KeyError("id")), ("failed", "error", "KeyError: 'id'", 1)),
    "a group of them": (
        raising(ExceptionGroup("two", [ValueError("a"), ValueError("b")])),
        ("failed", "error", "ExceptionGroup: two (2 sub-exceptions)", 1),
    ),
    "no Exception at all": (raising(asyncio.CancelledError()), ("failed", "error", "CancelledError: ", 1)),
    "cancelled": (raising(RunStopped("cancelled")), ("cancelled", "cancelled", "", 0)),
    "over its time": (
        raising(RunStopped("timeout")),
        ("failed", "timeout", "The run was stopped: timeout.", 1),
    ),
    "lost": (raising(RunStopped("lost")), ("failed", "lost", "The run was stopped: lost.", 1)),
}


@pytest.mark.parametrize("end", ENDS)
def test_each_end_has_its_state_reason_and_price(declare, toy, end):
    behaviour, expected = ENDS[end]
    toy(behaviour)
    run = performed(declare())
    assert (run.state, run.reason, run.error, run.tries) == expected
    assert (run.held_job, run.lease_expires_at, run.attempt) == (None, None, 1)
    assert run.finished_at >= run.started_at


@pytest.mark.parametrize("end", ENDS)
def test_perform_returns_what_it_has_written(declare, toy, end):
    toy(ENDS[end][0])
    job = declare()
    ending = perform(job, begun(job))
    run = JobRun.objects.get()
    assert (ending.state, ending.reason, ending.error) == (run.state, run.reason, run.error)
    assert ending.finished_at == run.finished_at


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("a\x00b\ud800c"), r"ValueError: ab\ud800c"),
        (SystemExit("a\x00b\ud800c"), r"The command exited with 'a\x00b\ud800c'."),
        (SystemExit(Odd()), r"The command exited with 'odd\x00\ud800'."),
        (Wordless(), "Wordless: (its text cannot be made)"),
        (SystemExit(Wordless()), "The command exited with '(its text cannot be made)'."),
    ],
)
def test_any_error_text_can_be_stored(declare, toy, error, said):
    toy(raising(error))
    assert performed(declare()).error == said


@pytest.mark.parametrize("error", [ValueError("x" * 5000), SystemExit("x" * 5000)])
def test_a_long_error_is_cut_and_kept_whole_in_the_output(declare, toy, error):
    toy(raising(error))
    run = performed(declare())
    assert len(run.error) == 1000
    assert "x" * 5000 in output_of(run)


def test_the_traceback_ends_the_output_of_a_failed_run(declare, toy):
    def behave(command, **options):
        print("so far")
        raise ValueError("no such order")

    toy(behave)
    said = output_of(performed(declare()))
    assert said.startswith("so far\nTraceback (most recent call last):\n")
    assert said.endswith("ValueError: no such order\n")


def test_a_traceback_begins_in_the_command(declare, toy):
    """Ours and Django's frames are the same each time; they filled the fifteen last lines of an alert."""

    def behave(command, **options):
        raise ValueError("no such order")

    toy(behave)
    lines = output_of(performed(declare())).split("\n")
    places = [line for line in lines if line.startswith("  File ")]
    assert "/tests/" in places[0]
    assert not [line for line in places if "perform.py" in line or "core/management" in line]


def test_a_traceback_without_the_command_is_kept_whole(declare, toy, monkeypatch):
    def cannot(*_: object) -> None:
        raise ValueError("no such command")

    cannot = types.FunctionType(cannot.__code__, {**cannot.__globals__, "__name__": "jobs_api.arguments"})
    monkeypatch.setattr("jobs_api.execution.perform.run_command", cannot)
    toy(lambda command, **options: None)
    said = output_of(performed(declare()))
    assert "perform.py" in said
    assert said.endswith("ValueError: no such command\n")


def test_what_sys_exit_says_is_output(declare, toy):
    toy(lambda command, **options: sys.exit("the reason"))
    assert output_of(performed(declare())) == "the reason\n"


def test_output_with_nuls_and_surrogates_is_stored(declare, toy):
    toy(lambda command, **options: print("a\x00b\ud800c"))
    assert output_of(performed(declare())) == "a\x00b\\ud800c\n"


def test_a_command_that_does_not_exist_is_an_error(declare):
    run = performed(declare(command="no_such_command"))
    assert (run.reason, run.error) == ("error", "CommandError: Unknown command: 'no_such_command'")


def test_an_option_that_the_command_does_not_know_is_an_error(declare):
    run = performed(declare(options={"no_such_option": 1}))
    assert (run.reason, run.error) == (
        "error",
        "CommandError: Error: the option 'no_such_option' does not exist",
    )


def test_a_failure_waits_for_its_back_off_unless_no_try_is_left(declare, toy):
    toy(raising(ValueError("no")))
    waiting = performed(declare(retry_backoff=60))
    assert (waiting.next_attempt_at - waiting.finished_at).total_seconds() == pytest.approx(60, abs=5)
    assert performed(declare("last", max_attempts=1)).next_attempt_at is None


# -- over its time ----------------------------------------------------------------------------


def slowly(then):
    """Work beyond a timeout of a hundredth of a second, then do something."""

    def behave(command, **options):
        time.sleep(0.02)
        print("worked on")
        then()

    return behave


@pytest.mark.parametrize(
    "then",
    [
        lambda: None,
        lambda: current_run().check(),
        lambda: sys.exit(0),
        lambda: sys.exit(3),
        lambda: raising(ValueError("no"))(None),
        lambda: raising(RunStopped("cancelled"))(None),
    ],
    ids=["returns", "checks", "exits well", "exits badly", "raises", "is cancelled"],
)
def test_whatever_ends_after_the_timeout_is_failed_with_that_reason(declare, toy, then):
    toy(slowly(then))
    run = performed(declare(timeout=0.01))
    assert (run.state, run.reason, run.tries) == ("failed", "timeout", 1)
    assert run.error == "It took longer than 0.01 s."
    assert output_of(run).startswith("worked on\n")


def test_a_command_may_tidy_up_when_it_is_stopped(declare, toy):
    def behave(command, **options):
        current_run().stop("cancelled")
        try:
            current_run().check()
        finally:
            print("tidied up")

    toy(behave)
    run = performed(declare())
    assert (run.state, output_of(run)) == ("cancelled", "tidied up\n")


def test_a_command_that_finishes_although_a_cancel_was_asked_is_what_it_is(declare, toy):
    toy(lambda command, **options: current_run().stop("cancelled"))
    assert performed(declare()).state == "succeeded"


# -- no longer the holder ---------------------------------------------------------------------


def taken_over(**now):
    """As when another attempt has begun meanwhile."""

    def behave(command, **options):
        print("late")
        JobRun.objects.update(attempt=2)
        now.get("then", lambda: None)()

    return behave


@pytest.mark.parametrize(
    "then",
    [lambda: None, lambda: sys.exit(3), lambda: current_run().check()],
    ids=["returns", "exits", "checks"],
)
def test_a_holder_that_was_taken_over_writes_nothing(declare, toy, then):
    toy(taken_over(then=then))
    job = declare()
    with pytest.raises(LeaseLost):
        perform(job, begun(job))
    run = JobRun.objects.get()
    assert (run.state, run.attempt, run.finished_at, run.output_size) == ("running", 2, None, 0)


def test_the_caller_of_a_holder_that_was_taken_over_hears_that_the_slot_is_held(declare, toy):
    toy(taken_over())
    result = dispatch(Request(declare(), timezone.now(), Trigger("http")))
    assert (result.outcome, result.run.state, result.run.attempt) == ("already_running", "running", 2)


# -- options ----------------------------------------------------------------------------------


def test_the_command_gets_the_fixed_options_and_those_of_the_trigger(declare, toy):
    from pydantic import BaseModel

    class Params(BaseModel):
        say: str = "nothing"
        seconds: float = 1.5

    seen = {}
    toy(lambda command, **options: seen.update(options))
    job = declare(options={"ledger": "fixed", "verbosity": 0}, params=Params)
    performed(job, NOON, options={"say": "hello"})
    wanted = {"ledger": "fixed", "verbosity": 0, "say": "hello", "seconds": 1.5, "fail": False}
    assert {key: seen[key] for key in wanted} == wanted


def test_positional_arguments_are_parsed_as_on_the_command_line(declare, toy):
    seen = {}
    toy(lambda command, **options: seen.update(options))
    performed(declare(args=["--say", "hello", "--fail"]))
    assert (seen["say"], seen["fail"]) == ("hello", True)
