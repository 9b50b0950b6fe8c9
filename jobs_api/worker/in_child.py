"""The process in which a supervised command runs: a session of its own, forked for one attempt.

All its output goes into one pipe, whether Python, a thread, a library or a program that it starts has written
it. Its end goes into another pipe. It ends with its supervisor, together with all its child processes.
"""

from __future__ import annotations

import atexit
import faulthandler
import logging
import os
import select
import signal
import sys
import threading
import traceback
import weakref
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import NamedTuple, NoReturn

from jobs_api.execution import drain, server_log, telemetry
from jobs_api.execution.current import CurrentRun, current_run
from jobs_api.execution.forks import flush, forget_connections, let_go_of_threads
from jobs_api.execution.perform import call
from jobs_api.execution.sqlite_forks import refuse_inherited
from jobs_api.models import State
from jobs_api.registry.job import Job
from jobs_api.runs.run_stream import RunStream
from jobs_api.runs.types import Ending, Lease
from jobs_api.worker import reporting
from jobs_api.worker.shared_memory import SharedMemory

NAMES = ("SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGCHLD", "SIGALRM")
INHERITED = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
"""Signals for which a worker may have handlers, or which it may ignore."""
STOP = (signal.SIGTERM,)
SHOW: int = getattr(signal, "SIGRTMAX", getattr(signal, "SIGINFO", 0))
"""Lets the process write where its threads stand, even while C code runs; commands hardly use this signal."""

SEND_SECONDS = 2
"""How long the end of a process may take to send what was reported; the SDK's own limit at an exit."""


class Ends(NamedTuple):
    """The child's ends of its pipes, as file descriptors."""

    output: int
    """Receives the output."""
    result: int
    """Receives how the command ended."""
    lifeline: int
    """Has no data until the supervisor has ended."""


class PipedOutput:
    """The output of a run: writes to the pipe to the supervisor, which limits its size."""

    def fileno(self) -> int:
        """The file descriptor for programs that the command starts."""
        return 1

    def write(self, data: bytes) -> None:
        """Write everything; waits while the pipe is full."""
        while data:
            data = data[os.write(1, data) :]


class SupervisedRun(CurrentRun):
    """The run as its command sees it, in a process that does not hold the lease itself."""

    memory: SharedMemory

    def progress(self, done: int, total: int | None = None) -> None:
        """See `CurrentRun.progress`."""
        super().progress(done, total)
        self.memory.progress = (self.done, self.total)

    @property
    def stopped(self) -> str | None:
        """See `CurrentRun.stopped`."""
        return self.memory.stop or self._stopped

    @property
    def held_until(self) -> float | None:
        """The lease's end as the supervisor renews it; also valid while the supervisor is frozen."""
        return self.memory.held_until

    @held_until.setter
    def held_until(self, until: float | None) -> None:
        """Only the supervisor sets it."""


def run(job: Job, lease: Lease, memory: SharedMemory, ends: Ends) -> NoReturn:
    """Run in the child: call the command, report how it ended, and exit."""
    status, here, result = 1, os.getpid(), os.fstat(ends.result)
    try:
        _forget_the_parents_exit()
        refuse_inherited()
        _settle(job, memory, ends)
        slot = lease.run_date.astimezone(job.slots.zone)
        current = SupervisedRun(job_name=job.name, run_date=slot, attempt=lease.attempt, timeout=job.timeout)
        current.memory = memory
        ending, _ = call(job, lease, current, PipedOutput(), whole_process=True)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # from here on there is nothing to interrupt
        # As at an interpreter's end: waits for threads, and ends the pools that nobody has closed.
        threading._shutdown()  # type: ignore[attr-defined]
        status = int(ending.state != State.SUCCEEDED)
        if os.getpid() == here:  # otherwise a process that the command has forked returned from it
            _say(ending, ends.result, result)
    except BaseException:  # noqa: BLE001 - ours, or a stop that came before the command: kept with the output
        os.write(2, traceback.format_exc().encode())
    finally:
        _exit(status)


def _say(ending: Ending, result: int, pipe: os.stat_result) -> None:
    said = reporting.written(ending)
    with suppress(OSError):  # a command may close what it did not open; then the exit status decides
        if not os.path.samestat(os.fstat(result), pipe):  # and then open a file, which is not ours to write
            return
        while said:
            said = said[os.write(result, said) :]


def _forget_the_parents_exit() -> None:
    """What the parent has to do at its exit is not ours: to remove its files, to end its processes."""
    atexit._clear()
    weakref.finalize._registry.clear()  # type: ignore[attr-defined]
    weakref.finalize._registered_with_atexit = False  # type: ignore[attr-defined]
    let_go_of_threads()
    # What follows multiprocessing does in the processes that it forks itself.
    if process := sys.modules.get("multiprocessing.process"):
        process._children.clear()
        process.current_process()._config.pop("daemon", None)  # a pool's process may have none of its own
    if util := sys.modules.get("multiprocessing.util"):
        util._finalizer_registry.clear()
        atexit.register(util._exit_function)


def _settle(job: Job, memory: SharedMemory, ends: Ends) -> None:
    os.setsid()
    drain.forget()
    signal.set_wakeup_fd(-1)
    for number in INHERITED:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, _stopper(memory))
    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, STOP),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP),
        after_in_child=lambda: _let_go(ends.lifeline),
    )
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    nothing = os.open(os.devnull, os.O_RDONLY)
    server_log.keep()
    for source, target in ((nothing, 0), (ends.output, 1), (ends.output, 2)):
        os.dup2(source, target)
    for spare in (nothing, ends.output):
        os.close(spare)
    _set_up_streams()
    _die_with_supervisor(ends.lifeline)
    if SHOW:
        faulthandler.register(SHOW, file=2)
    if limit := job.routing.get("memory_mb"):
        _limit_memory(limit)


def _set_up_streams() -> None:
    """What a library has kept of them leads to the pipe, too: in the run's encoding, and without a delay."""
    for stream in (sys.__stdout__, sys.__stderr__):
        with suppress(AttributeError, OSError, ValueError):  # none, or of another kind
            stream.reconfigure(  # type: ignore[union-attr]
                encoding=RunStream.encoding, errors=RunStream.errors, line_buffering=True
            )


def _let_go(lifeline: int) -> None:
    """In a process that the command forks: it ends by SIGTERM as others do, and when it likes."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP)
    forget_connections()
    server_log.let_go()
    with suppress(OSError):
        os.close(lifeline)


def _stopper(memory: SharedMemory) -> Callable[[int, FrameType | None], None]:
    def stop(number: int, frame: FrameType | None) -> None:
        # A platform that shuts down signals every process: that alone does not stop the command,
        # its supervisor has heard it too and decides.
        if memory.stop and not (run := current_run()).halted:
            run.halt(memory.stop, frame)

    return stop


def _die_with_supervisor(lifeline: int) -> None:
    """If the supervisor dies, kill this process and all its children: then nothing renews the lease."""
    if sys.platform == "linux":
        import fcntl

        # By the kernel, when the pipe's other end closes: also while C code lets no thread run.
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpid())
        fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, os.O_ASYNC)
        poll = select.poll()
        poll.register(lifeline)
        if poll.poll(0):  # it was already dead
            os.killpg(0, signal.SIGKILL)
    else:
        threading.Thread(target=_wait_for_its_death, args=[lifeline], daemon=True).start()


def _wait_for_its_death(lifeline: int) -> None:
    os.read(lifeline, 1)
    os.killpg(0, signal.SIGKILL)


def _limit_memory(megabytes: float) -> None:
    """What exceeds it raises MemoryError. Linux counts what is written to, others what is mapped."""
    import resource  # not there on Windows, as fork is not

    kind = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
    size, most = int(megabytes * 2**20), resource.getrlimit(kind)[1]
    size = size if most == resource.RLIM_INFINITY else min(size, most)
    resource.setrlimit(kind, (size, size))


def _exit(status: int) -> NoReturn:
    """Exit as an interpreter does, but without the parent's own exit handlers."""
    try:
        atexit._run_exitfuncs()
        logging.shutdown()
        flush()
        if sentry := sys.modules.get("sentry_sdk"):  # what the command itself has reported waits to be sent
            sentry.flush(timeout=SEND_SECONDS)
        telemetry.flush_child()
        if ctypes := sys.modules.get("ctypes"):  # a library that it has loaded may have printed, too
            ctypes.CDLL(None).fflush(None)
    finally:
        os._exit(status)
