"""Perform one attempt in a child of this process, which can be killed: at its time-out, when a cancel
is asked, when the lease could not be renewed, when this process has to go.

The supervisor holds the lease and writes the end, after the command has stopped. Its database work is
done by the heartbeat's thread, so that a database that hangs keeps no command alive beyond its lease.
"""

from __future__ import annotations

import dataclasses
import json
import os
import select
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from django.db import connections
from django.utils import timezone

from jobs_api import drain, isolation
from jobs_api.board import Board
from jobs_api.conf import config
from jobs_api.current import CurrentRun
from jobs_api.execution import write_end
from jobs_api.heartbeat import Beat, heartbeat
from jobs_api.leases import Ending, Lease
from jobs_api.models import Reason, State
from jobs_api.output import Output
from jobs_api.registry import Job

TICK = 0.25
"""Seconds between two looks at the clock and at whether the child is alive."""
SURE = 0.95
"""The part of a lease after which a command must be dead if the lease was not renewed."""


def possible() -> bool:
    """Whether a command can run in a child: not in a thread, nor inside of a caller's transaction."""
    here = hasattr(os, "fork") and threading.current_thread() is threading.main_thread()
    return here and not any(conn.in_atomic_block for conn in connections.all(initialized_only=True))


def supervise(job: Job, lease: Lease, *, since: float) -> Ending:
    """Run the command of a lease that has begun in a child, and write how it ended.

    Args:
        since: by the monotonic clock, when it was asked to begin: the lease lasts from there.

    Raises:
        LeaseLost: another attempt holds the run by now; nothing was written.
        KeyboardInterrupt, SystemExit: the process is being stopped; that was written.
    """
    heartbeat.rest()
    _let_go_of_connections()
    output = Output(config().output_bytes)
    child = Child(job, lease, output)
    watched = Watched(job_name=job.name, run_date=lease.run_date, attempt=lease.attempt)
    watched.board = child.board
    beat = Beat(lease, watched, output)
    beat.renewed = since
    with heartbeat.watching(beat), child:
        stopping = _watch(child, beat, job.timeout)
        ending = dataclasses.replace(
            child.ending(job),
            finished_at=max(timezone.now(), lease.started_at),
            progress=child.board.progress,
            output=output.parts(),
        )
        try:
            write_end(job, lease, ending, None)
        finally:
            if stopping is not None:
                raise stopping
    return ending


def _let_go_of_connections() -> None:
    """None may be open in two processes at once."""
    for conn in connections.all(initialized_only=True):
        conn.close()
        if hasattr(conn, "close_pool"):  # PostgreSQL's has threads, too
            conn.close_pool()


class Watched(CurrentRun):
    """The run for the heartbeat: it has no time-out here, as it is renewed until its command is dead."""

    board: Board

    @property
    def done(self) -> int | None:
        """As the command said."""
        return self.board.progress[0]

    @done.setter
    def done(self, done: int | None) -> None:
        """The command's to say."""

    @property
    def total(self) -> int | None:
        """As the command said."""
        return self.board.progress[1]

    @total.setter
    def total(self, total: int | None) -> None:
        """The command's to say."""


def _watch(child: Child, beat: Beat, timeout: float) -> BaseException | None:
    """Return when the child is dead; what else was raised here meanwhile, which ends this process."""
    deadline, stopping = time.monotonic() + timeout, None
    with _told_to_stop():
        while child.alive:
            try:
                child.listen(min(TICK, config().lease_seconds / 40))
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
    """For how many seconds the lease surely holds, if it is not renewed once more."""
    return beat.renewed + config().lease_seconds * SURE - time.monotonic()


@contextmanager
def _told_to_stop() -> Iterator[None]:
    """On SIGTERM, let the command go on for as long as a drain lasts; the worker hears of it, too."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def told(number: int, frame: FrameType | None) -> None:
        drain.begin(max(config().drain_seconds - config().kill_seconds, 0))
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, told)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Child:
    """The command's process: what it writes, how it is stopped, how it ended."""

    def __init__(self, job: Job, lease: Lease, output: Output) -> None:
        self.board = Board()
        self.alive = True
        self._output = output
        self._said = b""
        self._status = 0
        self._reason, self._kill_at = "", float("inf")
        self._written, output_end = os.pipe()
        self._result, result_end = os.pipe()
        lifeline, self._lifeline = os.pipe()
        # A handler of this process must not run in the child: what it raises would let the child go on here.
        allowed = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        self.pid = os.fork()
        if self.pid == 0:
            for theirs in (self._written, self._result, self._lifeline):
                os.close(theirs)
            isolation.run(job, lease, self.board, isolation.Ends(output_end, result_end, lifeline))
        signal.pthread_sigmask(signal.SIG_SETMASK, allowed)
        for theirs in (output_end, result_end, lifeline):
            os.close(theirs)
        self._open = [self._written, self._result]

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *error: object) -> None:
        """Whatever was raised here, the command does not go on without a supervisor."""
        while self.alive:
            self.kill()
            self._look(os.WNOHANG)
        for descriptor in (self._written, self._result, self._lifeline):
            os.close(descriptor)
        self.board.close()

    def listen(self, seconds: float) -> None:
        """Take what it writes, for so long or until something has come; see whether it has ended."""
        if self._kill_at <= time.monotonic():
            self.kill()
        heard = select.select(self._open, [], [], seconds if self._open else 0.01)[0]
        self._take(heard)
        if not heard or self._result in heard:
            self._look(os.WNOHANG)
            if not self.alive:
                self._drain()

    def _take(self, heard: list[int]) -> int:
        """Read what has come; returns how much that was."""
        size = 0
        for descriptor in heard:
            data = os.read(descriptor, 65536)
            size += len(data)
            if not data:
                self._open.remove(descriptor)
            elif descriptor == self._written:
                self._output.write(data)
            else:
                self._said += data
        return size

    def _drain(self) -> None:
        """Take what is left in the pipes; not more, as a daemon that it started may hold them open."""
        while self._open and self._take(select.select(self._open, [], [], 0)[0]):
            pass

    def _look(self, how: int) -> None:
        try:
            pid, status = os.waitpid(self.pid, how)
        except ChildProcessError:  # the engine has SIGCHLD ignored
            pid, status = self.pid, 1 << 8
        if pid:
            self.alive, self._status = False, status

    def stop(self, reason: str, *, within: float) -> None:
        """Ask it to stop, once; what is left of it after so many seconds is killed."""
        self._kill_at = min(self._kill_at, time.monotonic() + within)
        if not self._reason:
            self._reason = self.board.stop = reason
            self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it and all that it has started, now."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        """Signal it and all that it has started, or it alone while it has no session yet."""
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def ending(self, job: Job) -> Ending:
        """How the attempt ended: what the command said, unless it was stopped before."""
        ended = _said(self._said) or _by_status(self._status)
        if self._reason == "timeout":
            return Ending(State.FAILED, Reason.TIMEOUT, f"It took longer than {job.timeout:g} s.")
        if not self._reason or ended.state == State.SUCCEEDED:  # one that finishes anyway is what it is
            return ended
        return STOPPED[self._reason]


STOPPED = {
    "cancelled": Ending(State.CANCELLED, Reason.CANCELLED),
    "interrupted": Ending(State.FAILED, Reason.INTERRUPTED, "The process was about to exit."),
    "lost": Ending(State.FAILED, Reason.LOST, "The lease could not be renewed, or was lost."),
}


def _said(text: bytes) -> Ending | None:
    try:
        return Ending(**json.loads(text))
    except ValueError:  # nothing, or it was killed while it said it
        return None


def _by_status(status: int) -> Ending:
    """The end of a command that said nothing of it: it was killed, or left by os._exit()."""
    code = os.waitstatus_to_exitcode(status)
    if code == 0:
        return Ending(State.SUCCEEDED)
    if code > 0:
        return Ending(State.FAILED, Reason.EXIT, f"The command's process exited with {code}.")
    name = signal.Signals(-code).name
    hint = " It may have run out of memory." if name == "SIGKILL" else ""
    return Ending(State.FAILED, Reason.EXIT, f"The command's process was killed by {name}.{hint}")
