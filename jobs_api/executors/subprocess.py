"""Run the command in its own process on this host: it survives the web worker and can be killed."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, cast

from django.db import connections

import jobs_api
from jobs_api import conf, runs
from jobs_api.conf import config
from jobs_api.database import ERRORS
from jobs_api.database.bounds import bounded
from jobs_api.database.identity import identity, unshared
from jobs_api.exceptions import NoRoom, SubmitFailed
from jobs_api.execution import server_log
from jobs_api.executors import Executor, memory_faults
from jobs_api.registry.job import Job
from jobs_api.runs.types import Lease
from jobs_api.text import loggers, visible
from jobs_api.worker import host_limit

logger = loggers.logger(__name__)

SCRIPT = Path(jobs_api.__file__).with_name("subprocess_main.py")


class Subprocess(Executor):
    """Starts a new interpreter for each attempt; docs/decisions explains why it is not forked."""

    start_within = 60
    """It starts at once; an attempt that has not begun by then has died without a record."""

    def full(self) -> bool:
        """Whether this host runs as many attempts as it may; False if unknown: then `submit` raises."""
        try:
            return host_limit.is_full(_lanes(), config().subprocess_limit)
        except OSError:
            return False

    def submit(self, job: Job, lease: Lease) -> None:
        """Start a process for the attempt.

        Raises:
            NoRoom: this host runs as many attempts as it may.
            SubmitFailed: the system starts no process, or allows no folder to count them in; or no other
                process can see the run, as in a test.
        """
        if reason := unshared():
            raise SubmitFailed(reason)
        lane = _lane(lease)
        try:
            process = _start(job, lease, lane)
        except Exception as error:  # whatever the error is, nothing runs
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise SubmitFailed(f"No process could be started: {reason}.") from error
        finally:
            os.close(lane)  # the process has its own copy
        _watch(process, lease)

    def faults(self, options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """The only option is a limit of memory."""
        if not hasattr(os, "fork"):
            yield "it needs a system that can fork", "Use another executor on this system."
        if not conf.settings_module():
            yield "it needs a settings module", "Settings made by settings.configure() exist in one process."
        yield from super().faults({name: value for name, value in options.items() if name != "memory_mb"})
        yield from memory_faults(options)


def _lanes() -> Path:
    """The folder for this project, named after its settings module and its path."""
    module = find_spec(conf.settings_module())
    return host_limit.folder(f"{conf.settings_module()} {module and module.origin}")


def _lane(lease: Lease) -> int:
    """A lane for the attempt."""
    try:
        lane = host_limit.acquire(_lanes(), config().subprocess_limit)
    except OSError as error:
        logger.warning("Run %s got no lane on this host: %s", lease.run_id, error)
        why = os.strerror(error.errno or errno.EIO)  # the error's own text may contain the path
        raise SubmitFailed(f"The folder where this host counts its runs is unusable: {why}.") from error
    if lane is None:
        raise NoRoom
    return lane


def _start(job: Job, lease: Lease, lane: int) -> subprocess.Popen[bytes]:
    """Start it in its lane; it reads its order from standard input."""
    server = host_limit.serves or os.getppid()
    order = json.dumps({
        "path": [str(entry) for entry in sys.path],  # settings may contain a Path
        "settings": conf.settings_module(),
        "database": identity(),  # in a test, the settings name another one
        "run": lease.run_id,
        "attempt": lease.attempt,
        "lane": lane,
        "server": server,
    })  # fmt: skip
    process = subprocess.Popen(
        [interpreter(), "-P", str(SCRIPT), job.name, str(lease.run_id), str(lease.attempt)],
        stdin=subprocess.PIPE,
        # Not this process's own output: a parent that waits for its end, such as cron, must not wait for the
        # child.
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=[lane],
    )
    try:
        host_limit.sign(lane, process.pid, server)
        _pipe(process.stdin).write(order.encode())
        _pipe(process.stdin).close()
    except BaseException:  # it has not begun: it still waits for the end of its order
        process.kill()
        with suppress(OSError), process:  # what is left of its order has no reader
            pass
        raise
    return process


def _pipe(end: IO[bytes] | None) -> IO[bytes]:
    """The pipe, which `Popen` was given."""
    return cast(IO[bytes], end)


def interpreter() -> str:
    """Python itself: under uWSGI, `sys.executable` is the server."""
    if Path(sys.executable).name.startswith(("python", "pypy")):
        return sys.executable
    return str(Path(sys.prefix, "bin", "python3"))


def _watch(process: subprocess.Popen[bytes], lease: Lease) -> None:
    """Watch it in a thread. Without a thread it still runs, and its claim has a deadline."""
    try:
        threading.Thread(target=_attend, args=[process, lease], name="jobs_api-child", daemon=True).start()
    except RuntimeError:
        logger.warning("Run %s goes on, but no thread could be started to watch it.", lease.run_id)
        _pipe(process.stdout).close()  # otherwise its log lines would fill the pipe and block it


def _attend(process: subprocess.Popen[bytes], lease: Lease) -> None:
    """Forward the log of the process, wait for its end, and close an attempt that it could not begin."""
    with process:  # no zombie stays
        for line in _pipe(process.stdout):
            server_log.write(visible(line.decode(errors="replace")))
    if process.returncode == 0:
        return
    text = f"Its process ended with {process.returncode} before the command began; the server's log has more."
    try:
        with bounded():
            if runs.abandon(lease, text, moment=lease.now()):  # else its end is another's to log
                logger.error("Run %s of %s did not begin: %s", lease.run_id, lease.job_name, text)
    except ERRORS:  # its claim expires within a minute
        logger.warning("Run %s could not be closed.", lease.run_id, exc_info=True)
    finally:
        connections.close_all()


executor = Subprocess()
