"""Threads that wait for runs, and the looks that wake them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from jobs_api.execution import drain, waiting
from jobs_api.execution.waiting import Watch, waiters
from jobs_api.models import JobRun, State
from tests.jobs_api.execution.attempts import eventually


def threads() -> list[threading.Thread]:
    """Those that look for all who wait."""
    return [thread for thread in threading.enumerate() if thread.name == "jobs_api-waiting"]


def watch(run: JobRun, **fields: Any) -> Watch:
    """Waiting for a run, seen as it stands in this object."""
    return Watch(run.pk, run.attempt, run.state == State.QUEUED, **fields)


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look so often that no test has to wait for it."""
    monkeypatch.setattr(waiting, "LOOK_EVERY", 0.03)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Grows with every look that the database answered."""
    seen: list[Any] = []
    standing = waiting._standing

    def look(watches: Any) -> Any:
        answer = standing(watches)
        seen.append(answer)
        return answer

    monkeypatch.setattr(waiting, "_standing", look)
    return seen


@pytest.fixture
def background() -> Iterator[Callable[..., Future[Any]]]:
    """``background(function, *args)`` calls it in a thread, and returns its future once that waits."""
    eventually(lambda: not threads())  # one that a test before has left may still be about to end
    with ThreadPoolExecutor(20) as pool:

        def start(function: Callable[..., Any], *args: Any, waits: bool = True) -> Future[Any]:
            before = len(waiters._watches)
            future = pool.submit(_call, function, *args)
            eventually(lambda: not waits or len(waiters._watches) > before or future.done())
            return future

        try:
            yield start
        finally:
            drain.begin(0)  # nobody goes on waiting for what a failed test has left
            for each in list(waiters._watches):
                each.woken.set()
    drain.forget()
    eventually(lambda: not threads())


def _call(function: Callable[..., Any], *args: Any) -> Any:
    try:
        return function(*args)
    finally:
        connections.close_all()


@pytest.fixture
def waits(background: Callable[..., Future[Any]]) -> Callable[..., Future[Any]]:
    """``waits(run)`` lets a thread wait for a run; its future is done when it was woken."""
    return lambda run, **fields: background(waiters.wait, watch(run, **fields), 60)
