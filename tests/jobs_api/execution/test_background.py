"""A background thread: there when it is needed, gone when it is not, whatever happens to it."""

from __future__ import annotations

import os
import threading

import pytest
from django.db import connection, connections

from jobs_api.execution.background import BackgroundThread
from jobs_api.execution.heartbeat import heartbeat
from tests.jobs_api.triggers.asking import trigger

from .attempts import eventually

pytestmark = pytest.mark.django_db(transaction=True)


class Worker(BackgroundThread):
    """Takes the numbers that it is given, one each turn."""

    name = "toy-background"
    task = "The toy"

    def needed(self):
        return bool(self.numbers)

    def pause(self):
        return 0.005

    def clear(self):
        self.numbers, self.taken = [], []

    def turn(self):
        self.taken.append(self.numbers.pop(0))

    def give(self, *numbers):
        with self.lock:
            self.start()
            self.numbers += numbers


class Broken(Worker):
    """Fails as long as it is told to."""

    broken = True

    def turn(self):
        if self.broken:
            raise RuntimeError("a bug")
        super().turn()


class Patient(Worker):
    """Sleeps for ever unless it is woken."""

    linger = 1

    def pause(self):
        return 0.005 if self.taken == [] else 3600


@pytest.fixture
def made():
    """``made(Worker)`` has ended when the test has."""
    all_made = []

    def make(kind):
        all_made.append(kind())
        return all_made[-1]

    yield make
    for one in all_made:
        one.numbers = []
        one.rest()
        eventually(lambda one=one: one.thread is None)


def test_it_is_not_there_before_it_is_needed(made):
    assert made(Worker).thread is None


def test_it_ends_when_it_has_nothing_to_do_and_comes_back(made):
    worker = made(Worker)
    for round_ in (1, 2):
        worker.give(1, 2, 3)
        eventually(lambda: worker.thread is None)
        assert worker.taken == [1, 2, 3] * round_


def test_it_keeps_no_process_from_ending(made):
    worker = made(Worker)
    worker.give(*range(1000))
    assert worker.thread.daemon
    assert worker.thread.name == "toy-background"


def test_there_is_one_however_often_it_is_started(made):
    worker = made(Worker)
    for number in range(50):
        worker.give(number)
    eventually(lambda: len(worker.taken) == 50)
    assert worker.taken == list(range(50))


def test_an_error_is_logged_once_and_tried_again(made, caplog):
    worker = made(Broken)
    worker.give(1)
    thread = worker.thread
    eventually(lambda: worker.failing)
    worker.broken = False
    eventually(lambda: worker.taken == [1])
    assert caplog.text.count("The toy failed; it is tried again.") == 1
    assert "a bug" in caplog.text
    assert thread.name == "toy-background"


def test_it_leaves_no_connection_open(made):
    theirs = []

    class Asking(Worker):
        def turn(self):
            theirs.append(connections["default"])
            theirs[-1].ensure_connection()
            super().turn()

    made(Asking).give(1)
    eventually(lambda: theirs and theirs[0].connection is None)


def test_it_ends_at_once_when_it_is_told_to_rest_and_has_nothing_to_do(made):
    worker = made(Patient)
    worker.give(1)
    eventually(lambda: worker.taken == [1])
    thread = worker.thread
    worker.rest()
    assert not thread.is_alive()
    assert worker.thread is None


def test_it_does_not_rest_while_it_is_needed(made):
    worker = made(Worker)
    worker.give(*range(1000))
    worker.rest()
    assert worker.thread.is_alive()


def test_one_that_hangs_is_replaced_and_ends_when_it_comes_back(made, settings, caplog):
    settings.JOBS_API = {**settings.JOBS_API, "LEASE_SECONDS": 0.05}
    go_on = threading.Event()

    class Hanging(Worker):
        def turn(self):
            super().turn()
            if self.taken == [1]:
                go_on.wait(20)

    worker = made(Hanging)
    worker.give(1)
    eventually(lambda: worker.taken == [1])
    first = worker.thread
    eventually(lambda: worker._hangs())
    worker.give(2)
    eventually(lambda: worker.taken == [1, 2])
    assert worker.thread is not first
    go_on.set()
    first.join(10)
    assert not first.is_alive()
    assert "another thread replaces it" in caplog.text


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_has_neither_the_thread_nor_its_work_nor_a_lock_that_nobody_releases(made):
    worker = made(Worker)
    worker.give(*range(1000))
    with worker.lock:
        child = os.fork()
        if child == 0:
            free = worker.lock.acquire(blocking=False)
            os._exit(7 if free and worker.thread is None and worker.numbers == [] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


class Asking(Worker):
    """Notes whether it finds a connection open at the begin of its turn."""

    forks_beside = heartbeat.forks_beside

    def turn(self):
        opened = connection.connection is not None
        connection.ensure_connection()
        self.taken.append((self.numbers.pop(0), opened))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a server's session stays")
def test_between_two_turns_it_has_no_file_of_sqlite_open(made):
    """A fork at that moment would carry it into the child, see `sqlite_forks`."""
    worker = made(Asking)
    worker.give(1, 2)
    eventually(lambda: worker.taken == [(1, False), (2, False)])


def test_a_fork_that_calls_no_hook_is_noticed_when_it_is_needed(made, monkeypatch):
    """uWSGI forks in C: the thread is not there, and still says that it is alive."""
    worker = made(Worker)
    worker._pid, worker.thread, worker.numbers = -1, threading.current_thread(), [1, 2]
    worker.give(3)
    eventually(lambda: worker.taken == [3])


def test_a_signal_handler_that_triggers_a_job_does_not_wait_for_its_own_thread(declare, toy):
    """The handler runs in the thread that it interrupts, which may hold the lock of the heartbeat."""
    job = declare()

    def interrupted():
        with heartbeat.lock:
            outcomes.append(trigger(job).outcome)
        connections.close_all()

    outcomes: list[str] = []
    thread = threading.Thread(target=interrupted, daemon=True)
    thread.start()
    thread.join(30)
    assert outcomes == ["succeeded"]
