"""A failed attempt is logged once, by `jobs_api.run`; what did not run is not logged."""

from __future__ import annotations

import fcntl
import logging
from datetime import timedelta

import pytest
from django.core.management.base import CommandError
from django.utils import timezone

from jobs_api import RunStopped, runs
from jobs_api.clock import Moment
from jobs_api.execution import drain
from jobs_api.models import JobRun, Reason, State
from jobs_api.runs import events
from jobs_api.runs.types import Ending, Lease, Trigger
from jobs_api.triggers.dispatch import Request, dispatch
from tests.conftest import NOON, stored_run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def records(caplog):
    """``records()`` are those of `jobs_api.run`."""
    caplog.set_level(logging.INFO)
    return lambda: [record for record in caplog.records if record.name == "jobs_api.run"]


def trigger(job, **more):
    return dispatch(Request(job, NOON, Trigger("http", "qstash"), **more), now=NOON + timedelta(minutes=1))


def raises(error):
    def behave(command, **options):
        raise error

    return behave


FAILURES = {
    "error": (ZeroDivisionError("a division"), "ZeroDivisionError: a division"),
    "command-error": (CommandError("no such customer"), "CommandError: no such customer"),
    "system-exit": (SystemExit(3), "exited with 3"),
    "system-exit-in-words": (SystemExit("no space left"), "no space left"),
    "keyboard": (GeneratorExit("odd"), "GeneratorExit: odd"),
    "too-slow": (RunStopped("timeout"), "timeout"),
}


@pytest.mark.parametrize(("error", "said"), FAILURES.values(), ids=FAILURES)
def test_a_failure_is_one_record_at_error_with_all_that_names_the_attempt(declare, toy, records, error, said):
    toy(raises(error))
    result = trigger(declare())
    assert result.outcome == "failed"
    (record,) = records()
    assert record.levelno == logging.ERROR
    assert said in record.getMessage()
    told = (record.job, record.run, record.attempt, record.run_date, record.source, record.reason)
    assert told == ("nightly", result.run.id, 1, NOON.isoformat(), "qstash", result.run.reason)


def test_it_has_the_traceback_of_what_was_raised_and_why(declare, toy, records):
    def fails(command, **options):
        try:
            raise KeyError("the cause")
        except KeyError as error:
            raise ValueError("the end") from error

    toy(fails)
    trigger(declare())
    text = logging.Formatter().format(records()[0])
    assert "in fails" in text
    assert text.index("KeyError: 'the cause'") < text.rindex("ValueError: the end")


class Nested(Exception):
    def __str__(self):
        raise ValueError("not even that")


class Stubborn(Exception):
    def __str__(self):
        raise KeyboardInterrupt


@pytest.mark.parametrize("error", [Nested(), Stubborn(), ExceptionGroup("several", [Nested(), OSError()])])
def test_an_exception_that_cannot_be_told_is_recorded_and_logged_all_the_same(declare, toy, records, error):
    toy(raises(error))
    assert trigger(declare()).outcome == "failed"
    assert len(records()) == 1


def test_what_the_command_held_is_let_go_before_its_end_is_written(declare, toy, records, tmp_path):
    """An exception keeps the frames that it came through: a lock in them would hold up the result."""
    path = tmp_path / "shared"

    def locks(command, **options):
        own = path.open("w")
        fcntl.flock(own, fcntl.LOCK_EX)
        raise OSError("and so it stays locked")

    toy(locks)
    trigger(declare())
    with path.open() as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert records()[0].exc_info[1].args == ("and so it stays locked",)


def test_none_of_it_acts_on_a_terminal(declare, toy, records):
    toy(raises(ValueError("\x1b[2Jcleared\nanother line")))
    trigger(declare())
    text = logging.Formatter().format(records()[0])
    assert "\x1b" not in text
    assert "another line" in text


SOURCES = {
    "escape": ("\x1b]0;pwned\x07", r"\x1b]0;pwned\x07"),
    "line": ("qstash\nERROR jobs_api.run: forged", r"qstash\nERROR jobs_api.run: forged"),
    "direction": ("\u202ehsatsq", r"\u202ehsatsq"),
    "plain": ("Żółw 🐢", "Żółw 🐢"),
}


@pytest.mark.parametrize(("source", "shown"), SOURCES.values(), ids=SOURCES)
def test_a_source_in_a_format_of_the_host_acts_on_nothing(declare, toy, records, source, shown):
    """Callers write it, and a record hands it to whatever a host formats it with."""
    toy(raises(ValueError))
    dispatch(Request(declare(), NOON, Trigger("http", source)), now=NOON + timedelta(minutes=1))
    assert logging.Formatter("[%(source)s]").format(records()[0]).splitlines()[0] == f"[{shown}]"


def test_what_does_not_run_is_not_logged(declare, toy, records):
    job = declare(retry_backoff=3600, max_attempts=2)
    toy(raises(ValueError("once")))
    trigger(job)
    assert [trigger(job).outcome, trigger(job).outcome] == ["retry_later"] * 2
    JobRun.objects.update(tries=2)
    assert trigger(job).outcome == "attempts_exhausted"
    JobRun.objects.update(state=State.SUCCEEDED)
    assert trigger(job).outcome == "already_succeeded"
    assert len(records()) == 1


@pytest.mark.parametrize("error", [None, SystemExit(0), SystemExit(None), RunStopped("cancelled")])
def test_neither_is_a_success_nor_what_an_operator_cancelled(declare, toy, records, error):
    toy(raises(error) if error else lambda command, **options: None)
    trigger(declare())
    assert records() == []


def test_a_run_that_a_shutdown_cut_is_a_warning(declare, toy, records):
    toy(raises(RunStopped("interrupted")))
    trigger(declare())
    assert [(record.levelname, record.reason) for record in records()] == [("WARNING", "interrupted")]


def test_what_nobody_took_is_told_by_its_dispatch(declare, records, caplog):
    drain.begin(60)
    assert trigger(declare()).outcome == "submit_failed"
    assert records() == []
    assert "could not be submitted" in caplog.text


def test_a_lost_attempt_is_logged_by_who_closes_it_and_once(declare, records):
    job = declare()
    run = stored_run(job, state=State.RUNNING, source="cron-job.org")
    for _ in range(2):
        runs.reap(moment=Moment(timezone.now(), given=NOON + timedelta(hours=1)))
    (record,) = records()
    assert (record.run, record.reason, record.levelname) == (run.pk, Reason.LOST, "ERROR")
    assert record.source == "cron-job.org"


def test_a_lost_attempt_that_was_to_be_cancelled_has_not_failed(declare, records):
    stored_run(declare(), state=State.RUNNING, cancel_requested_at=NOON)
    assert runs.reap(moment=Moment(timezone.now(), given=NOON + timedelta(hours=1)))
    assert records() == []


def test_who_has_lost_its_lease_logs_no_end_that_it_did_not_write(declare, toy, records):
    def taken_over(command, **options):
        JobRun.objects.update(attempt=2)
        raise ValueError("too late")

    toy(taken_over)
    trigger(declare())
    assert records() == []


def test_a_killed_process_has_no_traceback_and_is_logged(records):
    ending = Ending(
        State.FAILED, Reason.EXIT, "The command's process was killed by SIGKILL.", output=(b"said", b"", 4)
    )
    events.finished(Lease(7, 2, "nightly", NOON, 0, {}, NOON), ending)
    assert records()[0].getMessage().endswith("killed by SIGKILL.")
