"""The process of a supervised command, seen from its supervisor: read its output, stop it, find out how it
ended."""

from __future__ import annotations

import os
import select
import signal
import time
from contextlib import suppress

from jobs_api.exceptions import RunStopped
from jobs_api.execution.forks import flush
from jobs_api.models import Reason, State
from jobs_api.registry.job import Job
from jobs_api.runs.output import Output, rest
from jobs_api.runs.types import Ending, Lease
from jobs_api.worker import crossing, in_child, reporting
from jobs_api.worker.shared_memory import SharedMemory

SHOW_SECONDS = 1.0
"""How long a process that is about to be killed may take to write where it stands, if that long is left."""
SHOW_SECONDS_AT_LEAST = 0.1


class Child:
    """A process forked for one attempt, which runs `isolation.run`."""

    def __init__(self, job: Job, lease: Lease, output: Output) -> None:
        self.memory = SharedMemory()
        self.alive = True
        self._output = output
        self._report = bytearray()
        self._status = 0
        self._reason, self._within = "", 0.0
        self._show_at = self._kill_at = float("inf")
        self._shown_at: int | None = None
        """The length of the output when it was asked to write where it stands."""
        ends: list[int] = []
        try:
            for _ in range(3):
                ends += os.pipe()
            self.pid = _fork()
        except OSError:
            for end in ends:
                os.close(end)
            raise
        self._written, output_end, self._result, result_end, lifeline, self._lifeline = ends
        if self.pid == 0:
            for theirs in (self._written, self._result, self._lifeline):
                os.close(theirs)
            in_child.run(job, lease, self.memory, in_child.Ends(output_end, result_end, lifeline))
        for theirs in (output_end, result_end, lifeline):
            os.close(theirs)
        self._open = [self._written, self._result]

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *error: object) -> None:
        """Whatever was raised here, the command does not go on without a supervisor."""
        while self.alive:
            self.kill()
            self._look()
        for descriptor in (self._written, self._result, self._lifeline):
            os.close(descriptor)

    def listen(self, seconds: float) -> None:
        """Read its output until some arrives or the time is over; then check whether it has ended."""
        self._look()
        if self.alive:
            self._kill_if_late()
            self._take(self._heard(seconds if self._open else 0.01))
        else:
            self._drain()

    def _heard(self, seconds: float) -> list[int]:
        poll = select.poll()  # select() takes no descriptor from 1024 on
        for descriptor in self._open:
            poll.register(descriptor, select.POLLIN)
        return [descriptor for descriptor, _ in poll.poll(seconds * 1000)]

    def _take(self, heard: list[int]) -> int:
        """Read the output that has arrived; returns its length."""
        size = 0
        for descriptor in heard:
            data = os.read(descriptor, 65536)
            size += len(data)
            if not data:
                self._open.remove(descriptor)
            elif descriptor == self._written:
                self._output.write(data)
            elif len(self._report) <= reporting.MOST_BYTES:
                self._report += data
        return size

    def _drain(self) -> None:
        """Take what is left in the pipes; not more, as a daemon that it started may go on writing."""
        left = 2**20  # the capacity of a pipe
        while left > 0 and self._open and (taken := self._take(self._heard(0))):
            left -= taken

    def _look(self) -> None:
        """See whether it has ended. What it has started ends with it if it was stopped or killed."""
        how = _ended_how(self.pid)
        if how is not None and (self._reason or how != os.CLD_EXITED):
            self.kill()  # now: while nobody has waited for it, its number is nobody else's
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:  # the engine has SIGCHLD ignored
            pid, status = self.pid, 1 << 8
        if pid:
            self.alive, self._status = False, status

    def stop(self, reason: str, *, within: float) -> None:
        """Signal it to stop, once; what is left of it after so many seconds is killed."""
        kill_at = time.monotonic() + within
        if kill_at < self._kill_at:
            self._kill_at, self._show_at = kill_at, kill_at - min(SHOW_SECONDS, within / 2)
        if not self._reason:
            self._within = within
            self._reason = self.memory.stop = reason
            self._signal(signal.SIGTERM)

    def _kill_if_late(self) -> None:
        """A little before it is killed, let it write where it stands: it may hang."""
        now = time.monotonic()
        if self._shown_at is None and now >= self._show_at and in_child.SHOW:
            self._shown_at = self._output.size
            self._output.write(f"\nIt did not stop within {self._within:g} s. It stands here:\n".encode())
            self._kill_at = max(self._kill_at, now + SHOW_SECONDS_AT_LEAST)
            with suppress(ProcessLookupError):
                os.kill(self.pid, in_child.SHOW)
        elif now >= self._kill_at:
            self.kill()

    def kill(self) -> None:
        """Kill it and all its child processes now."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        """Signal it and all its child processes, or only itself while it has no session yet."""
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def ending(self, job: Job) -> Ending:
        """How the attempt ended: what the command reported, unless it was stopped before."""
        ended = reporting.read(bytes(self._report)) or _by_status(self._status)
        if self._reason == "timeout":
            text = f"It took longer than {job.timeout:g} s."
            return Ending(State.FAILED, Reason.TIMEOUT, text, raised=ended.raised or self._stood())
        if not self._reason or ended.state == State.SUCCEEDED:  # one that finishes anyway is what it is
            return ended
        return STOPPED[self._reason]

    def _stood(self) -> RunStopped | None:
        """What a command would have raised that was killed where it stood; None if it did not write that."""
        if self._shown_at is None:
            return None
        dump = rest(self._output.parts(), self._shown_at).decode(errors="replace")
        raised = RunStopped(self._reason)
        raised.__traceback__ = crossing.trace_of(crossing.places(dump))
        return raised if raised.__traceback__ else None


def _fork() -> int:
    """Fork; the child begins with all signals blocked.

    A handler of this process that raised there would let it go on as a copy of this process.
    """
    flush()
    mask, pid = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals()), -1
    try:
        pid = os.fork()
    finally:
        if pid != 0:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return pid


STOPPED = {
    "cancelled": Ending(State.CANCELLED, Reason.CANCELLED),
    "interrupted": Ending(State.FAILED, Reason.INTERRUPTED, "The process was about to exit."),
    "lost": Ending(State.FAILED, Reason.LOST, "The lease could not be renewed, or was lost."),
}


def _ended_how(pid: int) -> int | None:
    """How a child has ended that was not waited for, as `si_code`; None while it lives."""
    if not hasattr(os, "waitid"):  # macOS with an older Python
        return None
    try:
        ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return ended and ended.si_code


def _by_status(status: int) -> Ending:
    """The end of a command that reported none: it was killed, or left by os._exit()."""
    code = os.waitstatus_to_exitcode(status)
    if code == 0:
        return Ending(State.SUCCEEDED)
    if code > 0:
        return Ending(State.FAILED, Reason.EXIT, f"The command's process exited with {code}.")
    name = next((known.name for known in signal.Signals if known == -code), f"signal {-code}")
    hint = " It may have run out of memory." if name == "SIGKILL" else ""
    return Ending(State.FAILED, Reason.EXIT, f"The command's process was killed by {name}.{hint}")
