"""Servers other than gunicorn: runs end in time on SIGTERM if the application asks for it."""

import asyncio
import signal
import subprocess
import sys
import threading

import pytest
from django.conf import settings

from jobs_api.execution import drain
from jobs_api.models import JobRun, State
from jobs_api.servers import drain_on_sigterm, draining
from tests.toys.child.start import environment, ledger

from .server import PROJECT, eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bare(declare, book):
    """``bare("1", seconds=60)`` is a server without handlers whose command has begun."""
    started = []

    def start(drain_seconds, **work):
        job = declare(schedule=None, max_attempts=1, options={"ledger": str(book), **work})
        command = [sys.executable, "-m", "tests.jobs_api.execution.draining.bare", drain_seconds]
        env = environment([job]) | PROJECT
        started.append(subprocess.Popen(command, cwd=settings.BASE_DIR, env=env))
        eventually(lambda: ledger(book))
        return started[0]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("drain_seconds", "work", "reason"),
    [("0.2", {"seconds": 60}, "interrupted"), ("30", {"seconds": 0.5}, "")],
    ids=["asked to stop", "in time"],
)
def test_a_server_that_the_signal_would_kill_stays_until_its_run_has_ended(bare, drain_seconds, work, reason):
    process = bare(drain_seconds, **work)
    process.terminate()
    assert process.wait(20) == -signal.SIGTERM
    assert (run := JobRun.objects.get()).reason == reason
    assert run.state == (State.FAILED if reason else State.SUCCEEDED)


def test_a_server_without_runs_ends_at_once(bare, book):
    process = bare("30", seconds=0)
    eventually(lambda: len(ledger(book)) == 2)
    eventually(lambda: JobRun.objects.get().finished_at)
    process.terminate()
    assert process.wait(20) == -signal.SIGTERM


@pytest.fixture
def sigterm():
    """``sigterm(handler)`` sets the server's handler, until the test ends."""
    before = signal.getsignal(signal.SIGTERM)
    yield lambda handler: signal.signal(signal.SIGTERM, handler)
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def heard(sigterm):
    """What a server with a handler of its own hears."""
    signals = []
    sigterm(lambda number, frame: signals.append((number, drain.draining())))
    return signals


def test_a_server_with_a_handler_of_its_own_is_told_once_the_drain_has_begun(heard):
    drain_on_sigterm(30)
    signal.raise_signal(signal.SIGTERM)
    assert heard == [(signal.SIGTERM, True)]
    assert not drain.over()


def test_a_server_that_ignores_the_signal_goes_on_doing_so(sigterm):
    sigterm(signal.SIG_IGN)
    drain_on_sigterm(30)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN


@pytest.fixture
def calls():
    """What an ASGI application receives."""
    return []


@pytest.fixture
def application(calls):
    async def called(scope, receive, send):
        calls.append((scope, receive, send))

    return draining(called, seconds=30)


def test_an_asgi_application_drains_after_its_server_has_set_its_handlers(application, calls, heard):
    asyncio.run(application({"type": "lifespan"}, "receive", "send"))
    asyncio.run(application({"type": "http"}, "receive", "send"))
    signal.raise_signal(signal.SIGTERM)
    assert heard == [(signal.SIGTERM, True)], "not twice"
    assert [scope["type"] for scope, *_ in calls] == ["lifespan", "http"]
    assert calls[0][1:] == ("receive", "send")


def test_an_asgi_server_in_a_thread_has_no_signals(application, calls, heard):
    thread = threading.Thread(target=lambda: asyncio.run(application({"type": "http"}, None, None)))
    thread.start()
    thread.join()
    signal.raise_signal(signal.SIGTERM)
    assert (heard, len(calls)) == ([(signal.SIGTERM, False)], 1)
