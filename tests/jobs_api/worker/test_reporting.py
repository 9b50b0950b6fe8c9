"""What a child says of its end: the supervisor takes no harm from what a command writes in its place."""

from __future__ import annotations

import json
import os
import stat
from contextlib import suppress

import pytest
from django.test import override_settings

from jobs_api.models import Reason, State
from jobs_api.runs.types import Ending
from jobs_api.worker import reporting

from .supervising import supervised

RAISED = {
    "module": "builtins",
    "name": "ValueError",
    "text": "no",
    "notes": [],
    "cause": None,
    "context": None,
}
RAISED |= {"quiet": False, "inner": [], "frames": [["shop.py", 3, "sell", "shop"]]}


def report(**changes):
    said = {"state": "failed", "reason": "error", "error": "ValueError: no", "raised": RAISED}
    return json.dumps(said | changes).encode()


NONE = {
    "deep": b"[" * 100_000,
    "deep causes": report()[:-1] + b', "more": ' + b'{"cause": ' * 50_000,
    "a list": b"[]",
    "half": report()[:-3],
    "two": report() + report(),
    "a state that nobody knows": report(state="nonsense"),
    "a state that is no end": report(state="queued"),
    "a reason that nobody knows": report(reason="bored"),
    "an error that is no text": report(error={"a": 1}),
    "endless": report(error="x" * reporting.MOST_BYTES),
}


@pytest.mark.parametrize("said", NONE.values(), ids=NONE)
def test_what_no_child_of_ours_would_say_is_no_report(said):
    assert reporting.read(said) is None


RAISES = {
    "no object": [1],
    "a line beyond all": {**RAISED, "frames": [["f", 2**70, "g", "m"]]},
    "a file that cannot be": {**RAISED, "frames": [["\0", 1, "g", "m"]]},
    "a cause of another kind": {**RAISED, "cause": 3},
}


@pytest.mark.parametrize("raised", RAISES.values(), ids=RAISES)
def test_an_exception_that_cannot_be_made_again_is_left_out_and_the_end_stays(raised):
    read = reporting.read(report(raised=raised))
    assert (read, read.raised) == (Ending(State.FAILED, Reason.ERROR, "ValueError: no"), None)


def test_an_error_that_no_database_stores_is_made_storable():
    assert reporting.read(report(error="a\0b\ud800" + "x" * 2000)).error == ("ab\\ud800" + "x" * 2000)[:1000]


def test_of_endless_frames_the_first_are_taken():
    trace = reporting.read(
        report(raised={**RAISED, "frames": RAISED["frames"] * 10_000})
    ).raised.__traceback__
    assert _length(trace) == 100


def _length(trace):
    return 0 if trace is None else 1 + _length(trace.tb_next)


def test_a_report_that_is_too_long_is_said_without_its_exception():
    error = ValueError("no")
    for _ in range(20):
        before, error = error, ValueError("\U0001f600" * 8000)
        error.__cause__ = before
    read = reporting.read(reporting.written(Ending(State.FAILED, Reason.ERROR, "ValueError", raised=error)))
    assert (read, read.raised) == (Ending(State.FAILED, Reason.ERROR, "ValueError"), None)


# -- with a process ------------------------------------------------------------------------------


def pipes():
    """The open descriptors that are pipes: their numbers, and which pipes they are."""
    found = {}
    for number in range(3, 64):
        with suppress(OSError):
            about = os.fstat(number)
            if stat.S_ISFIFO(about.st_mode):
                found[number] = about.st_ino
    return found


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("error", "state"), [(None, State.SUCCEEDED), (ValueError("no"), State.FAILED)])
def test_a_command_that_writes_into_pipes_that_are_not_its_own_ends_by_its_exit_status(
    declare, toy, error, state
):
    before = pipes().values()

    def behave(command, **options):
        for number, pipe in pipes().items():
            if pipe not in before:
                with suppress(OSError):  # one to read from
                    os.write(number, b"[" * 60_000)
        if error:
            raise error

    toy(behave)
    assert supervised(declare()).state == state


@pytest.mark.django_db(transaction=True)
def test_a_file_that_a_command_has_opened_in_the_place_of_our_pipe_stays_as_it_is(declare, toy, tmp_path):
    """A command that makes itself a daemon closes all descriptors, and opens its own."""
    path = tmp_path / "sold.csv"

    def behave(command, **options):
        os.closerange(3, 64)
        for _ in range(60):
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        raise ValueError("no")

    toy(behave)
    with override_settings(JOBS_API={"LEASE_SECONDS": 30, "REQUIRE_HTTPS": False}):
        run = supervised(declare())
    assert (run.state, path.read_text()) == (State.FAILED, "")
