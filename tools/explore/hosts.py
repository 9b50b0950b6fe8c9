"""Hosts in one process: before an actor goes on, what jobs_api keeps in a process's memory is its host's.

Nothing in jobs_api knows of it. Threads that are no actors, such as a test runner's own, see the true clocks.
"""

from __future__ import annotations

import dataclasses
import logging
import math
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from types import ModuleType
from typing import Any, Protocol
from unittest.mock import patch

from django.utils import timezone

from jobs_api import clock, executors, registry, runs
from jobs_api.database.gates import Gate
from jobs_api.execution import drain, file_locks, perform
from jobs_api.execution.heartbeat import Beat, heartbeat
from jobs_api.registry.job import Job
from jobs_api.runs import closing, hosts, job_state, state_machine

here = threading.local()
"""`here.party` is the actor whose thread this is."""


@dataclasses.dataclass(eq=False)
class Host:
    """One process with its memory; its clock is `skew` seconds ahead of the database's."""

    name: str
    jobs: dict[str, Job]
    skew: float = 0
    known: Any = dataclasses.field(default_factory=set)
    """Jobs that it has seen up to date."""
    beats: dict[tuple[int, int], Beat] = dataclasses.field(default_factory=dict)
    drains: float | None = None
    """Since when it was told to stop."""
    heard: Any = None
    """What it has last heard of the database's clock."""
    reported: Any = (os.getpid(), math.inf)
    """When it has told what it declares: it does so no more, which is statements that decide nothing."""

    @classmethod
    def of(cls, name: str, jobs: Iterable[Job], skew: float = 0) -> Host:
        """A warm one, which has looked at its jobs before."""
        declared = {job.name: job for job in jobs}
        return cls(name, declared, skew, known=set(map(job_state.declared, declared.values())))

    @contextmanager
    def present(self) -> Iterator[None]:
        """This process is that host."""
        job_state._known, heartbeat._beats, registry._jobs = self.known, self.beats, self.jobs
        drain._until, clock._heard, state_machine.HOST = self.drains, self.heard, self.name
        hosts._reported = self.reported
        yield
        self.known, self.beats, self.jobs = job_state._known, heartbeat._beats, registry._jobs
        self.drains, self.heard = drain._until, clock._heard

    def memory(self) -> tuple[object, ...]:
        """What others in this process could read of it."""
        beats = [
            (beat.key, beat.renewed, beat.looked, beat.stored, beat.said, beat.run.stopped, beat.run.done)
            for beat in self.beats.values()
        ]
        return self.skew, self.drains, self.heard, tuple(sorted(self.known)), tuple(beats)


class Clocked(Protocol):
    """An actor, as the clocks see it."""

    def clock(self) -> datetime:
        """Its host's clock."""

    def elapsed(self) -> float:
        """Its monotonic clock."""


def party() -> Any:
    """The actor of this thread, or None."""
    return getattr(here, "party", None)


_NOW, _MONOTONIC, _SLEEP = timezone.now, time.monotonic, time.sleep


def _now() -> datetime:
    return _NOW() if party() is None else party().clock()


def _monotonic() -> float:
    return _MONOTONIC() if party() is None else party().elapsed()


def _sleep(seconds: float) -> None:
    if party() is None:
        _SLEEP(seconds)


LOAD = executors.load


def _load(name: str) -> Any:
    """The actors' world has an executor of its own; `inline` is the true one."""
    stub = getattr(party(), "executor", None)
    return stub(name) if stub and name != "inline" else LOAD(name)


def _call(*args: Any, **named: Any) -> Any:
    """Stands in for a command: an actor's gives up its turn."""
    return party().command(*args, **named)


WATCHED = (
    "claim",
    "begin",
    "park",
    "abandon",
    "expire",
    "renew",
    "record_progress",
    "finish",
    "cancel",
    "_reap_one",
)
"""The transitions whose word the invariants hold against what is stored."""


def _told(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def tell(first: Any, *args: Any, **named: Any) -> Any:
        first = list(first) if name == "renew" else first
        answer = real(first, *args, **named)
        if party() is not None:
            party().told(name, first, args, answer)
        return answer

    return tell


def _watched() -> Iterator[tuple[ModuleType, str]]:
    """Where each watched function is called from: a verb by its package, the others where they stand."""
    for name in WATCHED:
        yield (closing if name.startswith("_") else runs), name


@contextmanager
def installed() -> Iterator[None]:
    """Within, actors see their own clocks and hosts; afterwards everything is as it was."""
    heartbeat.rest()  # a thread of this process's own would renew what an actor holds
    reported = hosts._reported
    kept = job_state._known, heartbeat._beats, registry._jobs, drain._until, clock._heard, state_machine.HOST
    quiet = logging.getLogger("jobs_api")
    level = quiet.level
    with ExitStack() as stack:
        for place, name, value in (
            (timezone, "now", _now),
            (time, "monotonic", _monotonic),
            (time, "sleep", _sleep),
            (executors, "load", _load),
            (perform, "call", _call),
            (file_locks, "apply", lambda: False),  # the actors' database has no file to be locked
            (Gate, "timed_out", lambda gate, since: None),  # the true process's
            (heartbeat, "start", lambda: None),
            *((place, name, _told(name, getattr(place, name))) for place, name in _watched()),
        ):
            stack.enter_context(patch.object(place, name, value))
        quiet.setLevel(logging.CRITICAL)
        try:
            yield
        finally:
            quiet.setLevel(level)
            (
                job_state._known,
                heartbeat._beats,
                registry._jobs,
                drain._until,
                clock._heard,
                state_machine.HOST,
            ) = kept
            hosts._reported = reported
