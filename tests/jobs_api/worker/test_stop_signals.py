"""What a worker is told while it supervises a command: to stop, by its platform, its engine or a person."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
from django.test import override_settings

from jobs_api.execution import drain
from jobs_api.models import JobRun, Reason, State
from tests.jobs_api.executors.subprocesses import is_alive, until

from .supervising import sleeping, supervised, tell_meanwhile

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("quick")]


def test_sigterm_lets_the_command_go_on_until_the_drain_is_over(declare, toy, monkeypatch):
    toy(sleeping)
    told = tell_meanwhile(monkeypatch, signal.SIGTERM)

    run = supervised(declare())

    assert (run.reason, run.tries) == (Reason.INTERRUPTED, 0)
    assert time.monotonic() - told[0] >= 0.5
    assert drain.draining()


@pytest.fixture
def told_at_work(toy, tmp_path):
    """A command that ends once its worker was told to stop while it worked."""
    begun, told = tmp_path / "begun", tmp_path / "told"
    toy(lambda command, **options: begun.touch() or until(told.exists))

    def tell():
        until(begun.exists)
        os.kill(os.getpid(), signal.SIGTERM)
        told.touch()

    teller = threading.Thread(target=tell)
    teller.start()
    with override_settings(JOBS_API={"LEASE_SECONDS": 30, "DRAIN_SECONDS": 30}):
        yield
    teller.join()


@pytest.mark.usefixtures("told_at_work")
def test_a_command_that_ends_within_the_drain_has_succeeded(declare):
    assert supervised(declare()).state == State.SUCCEEDED
    assert drain.draining()


@pytest.mark.usefixtures("told_at_work")
def test_the_workers_own_handler_hears_of_the_signal_too_and_is_put_back(declare):
    heard = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: heard.append(number))

    supervised(declare())

    own = signal.signal(signal.SIGTERM, before)
    own(0, None)
    assert heard == [signal.SIGTERM, 0]


@pytest.mark.parametrize("raised", [KeyboardInterrupt, SystemExit])
def test_what_a_signal_raises_in_the_worker_stops_the_command_first_and_is_raised_again(
    declare, toy, monkeypatch, raised
):
    """The process that is about to exit writes it last."""
    toy(sleeping)
    before = signal.signal(signal.SIGTERM, _raiser(raised))
    tell_meanwhile(monkeypatch, signal.SIGTERM)
    try:
        with pytest.raises(raised):
            supervised(declare())
    finally:
        signal.signal(signal.SIGTERM, before)

    run = JobRun.objects.get()
    assert (run.state, run.reason, run.tries) == (State.FAILED, Reason.INTERRUPTED, 0)


def _raiser(raised):
    def handle(number, frame):
        raise raised

    return handle


class SoftTimeLimitExceeded(Exception):
    """Named like Celery's."""


def test_celerys_soft_limit_is_a_time_out(declare, toy, monkeypatch):
    toy(sleeping)
    before = signal.signal(signal.SIGUSR1, _raiser(SoftTimeLimitExceeded))
    tell_meanwhile(monkeypatch, signal.SIGUSR1)
    try:
        run = supervised(declare())
    finally:
        signal.signal(signal.SIGUSR1, before)

    assert (run.state, run.reason, run.tries) == (State.FAILED, Reason.TIMEOUT, 1)


def test_a_handler_of_the_worker_does_not_run_in_the_child(declare, toy):
    """What it raised there would let a copy of the worker go on."""
    toy(lambda command, **options: [os.kill(os.getpid(), signal.SIGTERM), time.sleep(0.2)])
    before = signal.signal(signal.SIGTERM, _raiser(SystemExit))
    try:
        run = supervised(declare())
    finally:
        signal.signal(signal.SIGTERM, before)

    assert run.state == State.SUCCEEDED


def test_a_signal_that_comes_between_the_fork_and_the_watch_is_not_lost_and_leaks_no_child(
    declare, toy, monkeypatch
):
    """The worker's handler raises: somebody has to be there who kills the command."""
    toy(sleeping)
    before = signal.signal(signal.SIGTERM, _raiser(SystemExit))
    fork, children = os.fork, []

    def fork_and_be_told():
        children.append(fork())
        if children[0]:
            os.kill(os.getpid(), signal.SIGTERM)
        return children[0]

    monkeypatch.setattr(os, "fork", fork_and_be_told)
    try:
        with pytest.raises(SystemExit):
            supervised(declare())
    finally:
        signal.signal(signal.SIGTERM, before)

    assert JobRun.objects.get().reason == Reason.INTERRUPTED
    assert not is_alive(children[0])
