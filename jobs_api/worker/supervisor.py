"""Perform one attempt in a child of this process, which can be killed: at its time-out, when a cancel
is requested, when the lease could not be renewed, when this process has to stop.

The supervisor holds the lease and writes the end, after the command has stopped. Its database work is
done by the heartbeat's thread, so that a database that hangs keeps no command alive beyond its lease.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from types import FrameType

from django.db import connections

from jobs_api.conf import config
from jobs_api.database.watchdog import watchdog
from jobs_api.execution import announcing, around, drain
from jobs_api.execution.attempt import Ended, carry_out, write_end
from jobs_api.execution.connections import let_go
from jobs_api.execution.current import CurrentRun
from jobs_api.execution.heartbeat import Beat, heartbeat
from jobs_api.models import Reason, State
from jobs_api.registry.job import Job
from jobs_api.runs.output import Output
from jobs_api.runs.types import Ending, Lease
from jobs_api.worker.child import Child
from jobs_api.worker.shared_memory import SharedMemory

TICK = 0.25
"""Seconds between two checks of the clock and of the child."""
SURE = 0.95
"""The part of a lease after which a command must be dead if the lease was not renewed."""


def possible() -> bool:
    """Whether a command can run in a child: not in a thread, and not inside a caller's transaction."""
    here = hasattr(os, "fork") and threading.current_thread() is threading.main_thread()
    return here and not any(conn.in_atomic_block for conn in connections.all(initialized_only=True))


def supervise(job: Job, lease: Lease) -> Ending:
    """Run the command of a lease that has begun in a child, and write how it ended.

    Raises:
        LeaseLost: another attempt holds the run by now; nothing was written.
        KeyboardInterrupt, SystemExit: the process is being stopped; that was written.
    """
    with around.attempt(lease):
        lease = announcing.started(job, lease)
        heartbeat.rest()
        watchdog.rest()
        let_go()
        with HeldSignals() as signals:
            return _supervise(job, lease, signals)


def _supervise(job: Job, lease: Lease, signals: HeldSignals) -> Ending:
    output = Output(config().output_bytes)
    try:
        child = Child(job, lease, output)
    except OSError as error:
        text = f"No process could be made for the command: {error.strerror}."
        return write_end(job, lease, Ending(State.FAILED, Reason.ERROR, text))
    beat = Beat(lease, Watched(job, lease, child.memory), output)

    def command() -> Ended:
        stopping = _watch(child, beat, job.timeout, signals)
        return child.ending(job), stopping

    with child:
        return carry_out(job, beat, command)


class Watched(CurrentRun):
    """The run for the heartbeat: it has no time-out here, as it is renewed until its command is dead."""

    def __init__(self, job: Job, lease: Lease, memory: SharedMemory) -> None:
        self.memory = memory
        super().__init__(job_name=job.name, run_date=lease.run_date, attempt=lease.attempt)

    @property
    def held_until(self) -> float | None:
        """As the heartbeat has renewed it."""
        return self.memory.held_until

    @held_until.setter
    def held_until(self, until: float | None) -> None:
        self.memory.held_until = until

    @property
    def done(self) -> int | None:
        """As the command has reported."""
        return self.memory.progress[0]

    @done.setter
    def done(self, done: int | None) -> None:
        """Only the command reports it."""

    @property
    def total(self) -> int | None:
        """As the command has reported."""
        return self.memory.progress[1]

    @total.setter
    def total(self, total: int | None) -> None:
        """Only the command reports it."""


def _watch(child: Child, beat: Beat, timeout: float, signals: HeldSignals) -> BaseException | None:
    """Wait until the child is dead; returns what was raised here meanwhile, which ends this process."""
    deadline, stopping = time.monotonic() + timeout, None
    while child.alive:
        try:
            child.listen(min(TICK, config().lease_seconds / 40))
            signals.pass_on()
            if reason := _why_stop(beat, deadline):
                child.stop(reason, within=config().kill_seconds)
            if _held_for(beat) <= 0:
                child.kill()
        except BaseException as error:  # noqa: BLE001 - a worker's signal handler raises into this loop
            late = type(error).__name__ == "SoftTimeLimitExceeded"  # Celery's, which is not imported here
            stopping = stopping if late else error
            child.stop("timeout" if late else "interrupted", within=config().kill_seconds)
    return stopping


def _why_stop(beat: Beat, deadline: float) -> str:
    if _held_for(beat) < min(config().kill_seconds, config().lease_seconds * 0.2):
        return "lost"
    if time.monotonic() >= deadline:
        return "timeout"
    return beat.run.stopped or ("interrupted" if drain.over() else "")


def _held_for(beat: Beat) -> float:
    """For how many seconds the lease is certainly valid if it is not renewed again."""
    return beat.renewed + config().lease_seconds * SURE - time.monotonic()


def begin_drain() -> None:
    """Let a command continue, but only so long that it can still be killed before the drain is over."""
    drain.begin(max(config().drain_seconds - config().kill_seconds, 0))


class HeldSignals:
    """Handle SIGTERM and SIGINT while a command is supervised: it may continue for as long as a drain lasts.

    The worker's own handlers, which may raise, are called by `pass_on`, where somebody sees to the child, and
    for what comes later when all is done.
    """

    def __init__(self) -> None:
        self._before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
        self._heard: list[int] = []

    def __enter__(self) -> HeldSignals:
        for number, handler in self._before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(number, self._hear)
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self.pass_on()

    def _hear(self, number: int, frame: FrameType | None) -> None:
        begin_drain()
        self._heard.append(number)

    def pass_on(self) -> None:
        """Call the worker's own handlers for the received signals."""
        while self._heard:
            number = self._heard.pop(0)
            handler = self._before[signal.Signals(number)]
            if callable(handler):
                handler(number, None)
