"""Several hosts in one process: before each step of an actor, jobs_api's module state is set to its host's.

jobs_api itself is not changed for this. Threads that are not actors, such as a test runner's, use the real
clocks.
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
    """Jobs whose declaration it has checked."""
    beats: dict[tuple[int, int], Beat] = dataclasses.field(default_factory=dict)
    drains: float | None = None
    """When it got SIGTERM; None if it did not."""
    heard: Any = None
    """The database's time that it read last."""
    reported: Any = (os.getpid(), math.inf)
    """When it last stored its declarations: never again, because these statements decide nothing."""

    @classmethod
    def of(cls, name: str, jobs: Iterable[Job], skew: float = 0) -> Host:
        """A warm host, which has already checked its jobs."""
        declared = {job.name: job for job in jobs}
        return cls(name, declared, skew, known=set(map(job_state.declared, declared.values())))

    @contextmanager
    def present(self) -> Iterator[None]:
        """Let this process be that host."""
        job_state._known, heartbeat._beats, registry._jobs = self.known, self.beats, self.jobs
        drain._until, clock._last_reading, state_machine.HOST = self.drains, self.heard, self.name
        hosts._reported = self.reported
        yield
        self.known, self.beats, self.jobs = job_state._known, heartbeat._beats, registry._jobs
        self.drains, self.heard = drain._until, clock._last_reading

    def memory(self) -> tuple[object, ...]:
        """The host's state that its other threads can read."""
        beats = [
            (
                beat.key,
                beat.renewed,
                beat.looked,
                beat.noticed,
                beat.reported,
                beat.run.stopped,
                beat.run.done,
            )
            for beat in self.beats.values()
        ]
        return self.skew, self.drains, self.heard, tuple(sorted(self.known)), tuple(beats)


class Clocked(Protocol):
    """An actor, as far as the clocks need it."""

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
    """The executor of the actors' world; `inline` is the real one."""
    stub = getattr(party(), "executor", None)
    return stub(name) if stub and name != "inline" else LOAD(name)


def _call(*args: Any, **named: Any) -> Any:
    """Replaces a command: an actor's command ends its turn."""
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
"""The transitions whose reported result is compared with the stored rows."""


def _recording(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def record(first: Any, *args: Any, **named: Any) -> Any:
        first = list(first) if name == "renew" else first
        answer = real(first, *args, **named)
        if party() is not None:
            party().note_fact(name, first, args, answer)
        return answer

    return record


def _watched() -> Iterator[tuple[ModuleType, str]]:
    """The module from which each watched function is called: the package for the public ones."""
    for name in WATCHED:
        yield (closing if name.startswith("_") else runs), name


@contextmanager
def installed() -> Iterator[None]:
    """In this context actors use their own clocks and hosts; afterwards everything is restored."""
    heartbeat.rest()  # this process's own thread would renew the leases of actors
    reported = hosts._reported
    saved = (
        *(job_state._known, heartbeat._beats, registry._jobs),
        *(drain._until, clock._last_reading, state_machine.HOST),
    )
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
            (Gate, "timed_out", lambda gate, since: None),  # it would close the gate for the real process
            (heartbeat, "start", lambda: None),
            *((place, name, _recording(name, getattr(place, name))) for place, name in _watched()),
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
                clock._last_reading,
                state_machine.HOST,
            ) = saved
            hosts._reported = reported
