"""Runs whose commands are supervised in a child of the test's process."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from jobs_api import Job
from jobs_api.models import JobRun
from jobs_api.worker import in_child, supervisor
from jobs_api.worker.child import Child
from jobs_api.worker.supervisor import supervise
from tests.jobs_api.execution.attempts import begun
from tests.jobs_api.executors.subprocesses import until


def supervised(job: Job) -> JobRun:
    """The run of a job whose first attempt was performed in a child."""
    lease = begun(job)
    supervise(job, lease)
    return JobRun.objects.get(pk=lease.run_id)


def sleeping(command: Any, **options: Any) -> None:
    """A behaviour of the toy."""
    time.sleep(60)


def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands ignore that they are asked to stop, from their process's first moment."""
    monkeypatch.setattr(in_child, "_stopper", lambda memory: signal.SIG_IGN)


def watch_once(monkeypatch: pytest.MonkeyPatch, begun: Callable[[], Any]) -> None:
    """Let a supervisor watch, and count the time, from when its command has begun.

    On a busy machine a process takes longer to begin than a test wants to wait for its time-out.
    """

    class Begun(Child):
        def __init__(self, *about: Any) -> None:
            super().__init__(*about)
            until(begun)

    monkeypatch.setattr(supervisor, "Child", Begun)


def tell_meanwhile(monkeypatch: pytest.MonkeyPatch, number: signal.Signals) -> list[float]:
    """Signal this process while it waits for its command; returns a list of when.

    Not before: until it supervises, a signal would end the test's process.
    """
    listen, sent, at = Child.listen, threading.Event(), []

    def send() -> None:
        at.append(time.monotonic())
        signal.pthread_kill(threading.main_thread().ident or 0, number)
        sent.set()

    def listen_until_told(child: Child, seconds: float) -> None:
        monkeypatch.setattr(Child, "listen", listen)
        threading.Thread(target=send).start()
        while not sent.is_set():
            listen(child, seconds)

    monkeypatch.setattr(Child, "listen", listen_until_told)
    return at
