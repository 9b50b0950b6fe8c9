"""Real threads, also where gevent has made Python's own into greenlets."""

from __future__ import annotations

import _thread
import threading
import time

import pytest

from jobs_api import threads
from jobs_api.database.watchdog import Watchdog
from jobs_api.execution.heartbeat import Heartbeat
from tests.jobs_api import servers
from tests.jobs_api.execution.attempts import eventually
from tests.jobs_api.execution.beats import PAST, lease_of, running


@pytest.fixture(params=["threads", "gevent"])
def kind(request, monkeypatch):
    """Each test runs in both kinds of process."""
    if request.param == "gevent":
        servers.gevent(monkeypatch)
    return request.param


@pytest.mark.parametrize(
    ("server", "patched", "found"),
    [
        (None, (), "threads"),
        (servers.gevent, ("threading",), "gevent"),
        (servers.gevent, ("socket",), "threads"),
        (servers.eventlet, ("thread",), "eventlet"),
        (servers.eventlet, (), "threads"),
    ],
)
def test_what_the_threads_are_is_read_and_not_imported(monkeypatch, server, patched, found):
    if server:
        server(monkeypatch, patched)
    assert threads.made_of() == found


def test_a_real_thread_receives_itself_and_ends(kind):
    met, go_on = [], threads.Event()
    thread = threads.start(lambda me: met.append((me, _thread.get_ident(), go_on.wait(10))), "toy")
    assert thread.is_alive()
    thread.join(0.01)
    go_on.set()
    thread.join()
    assert not thread.is_alive()
    ((me, where, woken),) = met
    assert me is thread
    assert where != _thread.get_ident()
    assert woken


def test_beside_greenlets_its_event_loop_ends_with_it(monkeypatch):
    loops, where = servers.gevent(monkeypatch), []
    threads.start(lambda me: where.append(_thread.get_ident()), "toy").join()
    assert loops == where


def test_beside_greenlets_it_is_no_thread_of_pythons(monkeypatch):
    """What gevent makes of those is a greenlet."""
    servers.gevent(monkeypatch)
    monkeypatch.setattr(threading.Thread, "start", lambda self: pytest.fail("a greenlet"))
    threads.start(lambda me: None, "toy").join()


def test_a_system_without_threads_is_told_in_both(kind, monkeypatch):
    def refuse(*args, **named):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    monkeypatch.setattr(_thread, "start_new_thread", refuse)
    with pytest.raises(RuntimeError, match="can't start"):
        threads.start(lambda me: None, "toy")


def test_who_waits_is_woken_at_once_or_when_the_time_is_over(kind):
    changed, done = threads.condition(threads.rlock()), []

    def wait(me):
        with changed:
            changed.wait_for(lambda: done, 30)
            done.append("woken")

    both = [threads.start(wait, "toy") for _ in range(2)]
    with changed:
        assert not changed.wait_for(lambda: done, 0.05)
        done.append("told")
        changed.notify_all()
    for thread in both:
        thread.join(10)
    assert done == ["told", "woken", "woken"]


def test_an_event_is_set_until_it_is_cleared(kind):
    event = threads.Event()
    assert not event.wait(0.01)
    event.set()
    assert event.is_set()
    assert event.wait(0)
    event.clear()
    assert not event.wait(0.01)


def test_the_watchdog_cuts_and_rests(kind):
    watchdog, cut = Watchdog(), threads.Event()

    class Late:
        ends = time.monotonic()

        def cut(self):
            cut.set()

    watchdog.watch(Late())
    assert cut.wait(10)
    watchdog.rest()


@pytest.mark.django_db(transaction=True)
def test_a_lease_is_renewed(kind, declare, settings):
    settings.JOBS_API = {**settings.JOBS_API, "RENEW_SECONDS": 0.02}
    heart, beat = Heartbeat(), running(declare())
    with heart.watching(beat):
        eventually(lambda: lease_of(beat) > PAST)
        thread = heart.thread
    assert isinstance(thread, threading.Thread) == (kind == "threads")
    heart.rest()
    assert not thread.is_alive()
