"""The thread that cuts connections: there while somebody waits, gone before a process forks."""

import socket
import threading
import time

import pytest

from jobs_api.database.watchdog import Watchdog, shut
from tests.jobs_api.execution.attempts import eventually


class Waiting:
    def __init__(self, seconds):
        self.ends = time.monotonic() + seconds
        self.was_cut = threading.Event()

    def cut(self):
        self.was_cut.set()


@pytest.fixture
def watchdog():
    made = Watchdog()
    yield made
    made.rest()


def thread_of(watchdog):
    return watchdog._thread


def test_who_waits_too_long_is_cut_once_and_the_others_are_not(watchdog):
    late, patient = Waiting(0), Waiting(60)
    for waiting in (late, patient):
        watchdog.watch(waiting)
    assert late.was_cut.wait(10)
    late.was_cut.clear()
    time.sleep(0.6)
    assert not late.was_cut.is_set()
    assert not patient.was_cut.is_set()
    watchdog.leave(patient)


def test_who_has_left_is_not_cut(watchdog):
    waiting = Waiting(60)
    watchdog.watch(waiting)
    watchdog.leave(waiting)
    waiting.ends = 0  # only now: however long it took to leave, it was in time
    time.sleep(0.6)
    assert not waiting.was_cut.is_set()


def test_the_thread_rests_before_a_fork_and_comes_back(watchdog):
    waiting = Waiting(60)
    watchdog.watch(waiting)
    first = thread_of(watchdog)
    watchdog.rest()
    assert first.is_alive()  # somebody waits
    watchdog.leave(waiting)
    watchdog.rest()
    assert not first.is_alive()
    late = Waiting(0)
    watchdog.watch(late)
    assert late.was_cut.wait(10)


def test_the_thread_wakes_up_after_it_had_nothing_to_do(watchdog):
    watchdog.watch(first := Waiting(60))
    watchdog.leave(first)
    eventually(watchdog._parked.is_set)
    watchdog.watch(late := Waiting(0))
    assert late.was_cut.wait(10)


def test_after_a_fork_there_is_nobody_to_watch(watchdog):
    watchdog.watch(Waiting(60))
    watchdog.forget()
    assert thread_of(watchdog) is None
    watchdog.watch(late := Waiting(0))
    assert late.was_cut.wait(10)


class Driver:
    """As psycopg's connections look from outside."""

    def __init__(self, end):
        self.end, self.closed = end, False

    def fileno(self):
        return self.end.fileno()


def test_a_socket_that_is_shut_wakes_whoever_reads_from_it():
    near, far = socket.socketpair()
    heard = []
    reader = threading.Thread(target=lambda: heard.append(near.recv(1)))
    reader.start()
    shut(Driver(near))
    reader.join(10)
    assert heard == [b""]
    near.close()
    far.close()


def test_a_connection_that_was_closed_meanwhile_is_left_alone():
    """Its number may be another's by now."""
    near, far = socket.socketpair()
    driver = Driver(near)
    driver.closed = True
    shut(driver)
    far.sendall(b"x")
    assert near.recv(1) == b"x"
    near.close()
    far.close()
    shut(Driver(near))
