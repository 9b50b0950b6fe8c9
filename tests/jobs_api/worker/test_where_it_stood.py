"""A time-out keeps where its command stood: in the output, which readers see, and for the log."""

from __future__ import annotations

import logging
import signal
import threading
import time
from contextlib import suppress

import pytest
from django.test import override_settings
from django.utils import timezone

from jobs_api import RunStopped, current_run
from jobs_api.models import JobRun, Reason, State
from tests.jobs_api.execution.attempts import output_of, performed

from .supervising import supervised

pytestmark = pytest.mark.django_db(transaction=True)


SOON = 0.6
"""A time-out in seconds; a child that is `at_work` has begun its command before."""
LEASES = {"LEASE_SECONDS": 30, "RENEW_SECONDS": 0.1}


@pytest.fixture
def impatient():
    """Two seconds between being asked and being killed: half of them are for writing where it stands."""
    with override_settings(JOBS_API={**LEASES, "KILL_SECONDS": 2}):
        yield


def timed_out(how, job):
    run = how(job)
    assert (run.state, run.reason) == (State.FAILED, Reason.TIMEOUT)
    assert run.error.startswith("It took longer than ")
    return output_of(run)


def works(command, **options):
    """Waits for a slow partner, and checks meanwhile."""
    while True:
        current_run().check()
        time.sleep(0.005)


def swallows(command, **options):
    with suppress(RunStopped):
        works(command)


def turns_it_into_its_own_error(command, **options):
    try:
        works(command)
    except RunStopped as stopped:
        raise OSError("the partner was too slow") from stopped


INLINE = {
    works: 'in works\n    current_run().check()',
    swallows: 'in works\n    current_run().check()',
    turns_it_into_its_own_error: "OSError: the partner was too slow",
}  # fmt: skip


@pytest.mark.parametrize("how", [performed, supervised])
@pytest.mark.parametrize("behave", INLINE, ids=lambda behave: behave.__name__)
def test_a_command_that_checks_or_is_stopped_leaves_its_traceback(declare, at_work, how, behave):
    at_work(behave)
    output = timed_out(how, declare(timeout=0.15 if how is performed else SOON))
    assert "in works\n" in output
    if how is performed:  # in a child, the signal may meet it at any point, and while it ends
        assert output.count("in works\n") == 1
        assert INLINE[behave] in output
    assert "django/core/handlers" not in output  # how the server came to us says nothing


@pytest.mark.parametrize("behave", [works, turns_it_into_its_own_error])
def test_and_it_is_logged_with_it(declare, toy, caplog, behave):
    toy(behave)
    timed_out(performed, declare(timeout=0.01))
    [record] = [record for record in caplog.records if record.name == "jobs_api.run"]
    assert "in works\n" in logging.Formatter().format(record)


def test_a_command_that_tidies_up_after_a_check_is_not_stopped_again_meanwhile(declare, at_work):
    """Its own clock may be a little ahead of its supervisor's, whose signal comes then."""

    def tidies_up(command, **options):
        try:
            works(command)
        except RunStopped:
            time.sleep(0.6)
            print("tidied up")
            raise

    at_work(tidies_up)
    assert timed_out(supervised, declare(timeout=SOON)).startswith("tidied up\nTraceback")


def test_one_that_ends_late_without_a_check_says_that_nobody_knows(declare, toy):
    toy(lambda command, **options: time.sleep(0.02))
    assert "without a call of check()" in timed_out(performed, declare(timeout=0.01))


# -- a command that has to be killed ----------------------------------------------------------


def is_deaf(command, **options):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)


def calculates(command, **options):
    """In C code, where Python handles no signal."""
    sum(range(10**12))


def waits_for_a_lock(command, **options):
    """With a second thread, as a pool has."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    threading.Thread(target=time.sleep, args=[60]).start()
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def goes_on(command, **options):
    while True:
        with suppress(RunStopped):
            time.sleep(60)


KILLED = (is_deaf, calculates, waits_for_a_lock, goes_on)


@pytest.mark.parametrize("behave", KILLED, ids=lambda behave: behave.__name__)
def test_a_command_that_has_to_be_killed_writes_where_it_stands(declare, at_work, caplog, impatient, behave):
    at_work(behave)
    output = timed_out(supervised, declare(timeout=SOON))
    assert "It did not stop within 2 s. It stands here:\n" in output
    assert f"in {behave.__name__}\n" in output
    [record] = [record for record in caplog.records if record.name == "jobs_api.run"]
    frames = logging.Formatter().format(record)
    assert f"in {behave.__name__}\n" in frames
    assert frames.index("in call\n") < frames.index(f"in {behave.__name__}\n")  # the innermost last


def test_so_does_one_that_an_operator_cancels(declare, toy, impatient):
    def hangs(command, **options):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # before it can be asked to stop
        JobRun.objects.update(cancel_requested_at=timezone.now())
        is_deaf(command)

    toy(hangs)
    run = supervised(declare())
    assert run.state == State.CANCELLED
    assert "in is_deaf\n" in output_of(run)


def test_one_that_stops_in_time_writes_nothing_of_the_sort(declare, toy):
    def stops(command, **options):
        JobRun.objects.update(cancel_requested_at=timezone.now())
        time.sleep(60)

    toy(stops)
    with override_settings(JOBS_API=LEASES):
        run = supervised(declare())
    assert (run.state, output_of(run)) == (State.CANCELLED, "")


def test_a_command_that_has_replaced_its_process_is_killed_all_the_same(declare, at_work):
    """The new program has no handler for the signal that asks where it stands."""
    at_work(lambda command, **options: __import__("os").execvp("sleep", ["sleep", "60"]))
    assert timed_out(supervised, declare(timeout=SOON)) == ""
