"""Runs in processes of their own outlive a worker, and hear when their server ends."""

import os
import signal
import time
from types import SimpleNamespace

import pytest

from jobs_api import gunicorn
from jobs_api.models import JobRun, Reason, State
from jobs_api.worker import host_limit
from tests.toys.child.start import ledger

from .server import WORKERS, eventually

GTHREAD = WORKERS["gthread"]


@pytest.mark.django_db(transaction=True)
def test_a_run_outlives_its_worker_and_is_handed_back_before_its_server_is_gone(server, book):
    """Pain 16: with the server a container ends, and whatever has not written its end by then is lost."""
    with server(*GTHREAD, grace=5, executor="subprocess", seconds=60) as running:
        assert running.trigger("nightly").result(30)[2]["outcome"] == "accepted"
        eventually(lambda: ledger(book))
        old = running.worker()
        running.tell(signal.SIGTERM, old)
        eventually(lambda: running.worker() != old)
        assert JobRun.objects.get().state == State.RUNNING

        running.ended(running.tell(signal.SIGTERM))

        run = JobRun.objects.get()
        assert (run.state, run.reason, run.tries) == (State.FAILED, Reason.INTERRUPTED, 0)
        assert ledger(book) == [(1, "start")]


@pytest.mark.django_db(transaction=True)
def test_a_second_ctrl_c_does_not_wait_for_them(server, book):
    with server(*GTHREAD, grace=20, drain=60, executor="subprocess", seconds=60) as running:
        running.trigger("nightly")
        eventually(lambda: ledger(book))
        running.tell(signal.SIGINT)
        eventually(lambda: " s for 1 run in a process of its own" in running.log.read_text())

        assert running.ended(running.tell(signal.SIGINT)) < 10

        assert host_limit.holders(running.process.pid)


@pytest.fixture
def end(monkeypatch):
    """``end(master_pid=1)`` is the end of a master with a child that never ends; what it took."""
    told = []
    monkeypatch.setattr(gunicorn, "WRITING_SECONDS", 0)
    monkeypatch.setattr(gunicorn, "farewell", gunicorn.Farewell())
    monkeypatch.setattr(host_limit, "holders", lambda master: [4711])
    monkeypatch.setattr(os, "kill", lambda pid, number: told.append((pid, number)))

    def at(*, heard=True, grace=20, **more):
        log = SimpleNamespace(info=lambda *args: None)
        cfg = SimpleNamespace(graceful_timeout=grace)
        server = SimpleNamespace(
            **{"pid": 1, "reexec_pid": 0, "master_pid": 0, "cfg": cfg, "log": log, **more}
        )
        since = time.monotonic()  # before the signal, from which the grace is counted
        if heard:
            gunicorn.farewell.note_signal(signal.SIGTERM, server.pid)
            told.clear()
        gunicorn.on_exit(server)
        return time.monotonic() - since

    at.told = told
    return at


def test_the_wait_ends_with_the_grace(end):
    assert 0.2 < end(grace=0.3) < 10


def test_each_is_told_once(end):
    end(grace=0.3)
    assert end.told == [], "it was told when the signal came"


@pytest.mark.parametrize("other", ["reexec_pid", "master_pid"])
def test_children_are_left_alone_while_another_master_takes_over(end, other):
    """SIGUSR2: the new master serves, or the old one still does."""
    gunicorn.farewell.since = time.monotonic()
    assert end(heard=False, **{other: 99}) < 10
    assert end.told == []


def test_a_server_that_fails_to_start_leaves_children_alone(end):
    assert end(heard=False) < 10
    assert end.told == []


@pytest.fixture
def quit_handler():
    """``quit_handler(handler)`` is for SIGQUIT what gunicorn's is, until the test ends."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, *gunicorn.QUICK)}
    yield lambda handler: signal.signal(signal.SIGQUIT, handler)
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_worker_just_forked_does_not_speak_for_its_master(end, quit_handler):
    heard = []
    quit_handler(lambda number, frame: heard.append(number))
    gunicorn.when_ready(SimpleNamespace(pid=os.getpid() + 1, reexec_pid=0, master_pid=0))

    signal.raise_signal(signal.SIGQUIT)

    assert (heard, end.told, gunicorn.farewell.since) == ([signal.SIGQUIT], [], None)


def test_a_worker_class_with_handlers_of_its_own_keeps_them(quit_handler):
    quit_handler(signal.SIG_DFL)
    gunicorn.post_worker_init(SimpleNamespace(cfg=SimpleNamespace(graceful_timeout=30)))
    assert signal.getsignal(signal.SIGQUIT) is signal.SIG_DFL


def test_a_folder_that_is_not_ours_does_not_keep_a_server_from_ending(end, monkeypatch):
    def refuse(master):
        raise PermissionError

    monkeypatch.setattr(host_limit, "holders", refuse)
    assert end() < 10


@pytest.mark.parametrize(("grace", "seconds"), [(25, 20), (50, 40), (30, 24), (3, 1), (1, 0)])
def test_a_fifth_of_the_grace_and_two_seconds_at_least_are_for_stopping_and_writing(grace, seconds):
    assert gunicorn.time_for_runs(grace) == seconds
