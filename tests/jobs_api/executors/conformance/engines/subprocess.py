"""Processes of this host; nothing is there until a run starts."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from jobs_api import executors
from jobs_api.conf import config
from jobs_api.models import JobRun
from jobs_api.worker import host_limit
from tests.jobs_api.executors.subprocesses import prepare, until

from . import Engine, lease_of


class Subprocess(Engine):
    """Its holder is the supervisor of one run."""

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Its processes find the database, the jobs, and lanes of their own."""
        with pytest.MonkeyPatch.context() as patch:
            prepare(patch, self.folder, **self.jobs_api)
            yield

    def settled(self) -> bool:
        """Whether those who attend its processes have left."""
        return not _attended()

    def end(self) -> None:
        """Kill the supervisors, and by that their commands."""
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                ours = str(self.folder).encode() in (path / "environ").read_bytes()
                if ours and b"subprocess_main.py" in (path / "cmdline").read_bytes():
                    os.kill(int(path.name), signal.SIGKILL)

    def deliver_again(self, run: JobRun) -> None:
        """Start another process for the same attempt."""
        before = _attended()
        executors.load(self.executor).submit(self.job, lease_of(run))
        until(lambda: _attended() <= before)

    @contextmanager
    def down(self) -> Iterator[None]:
        """The system starts no process."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("jobs_api.executors.subprocess.interpreter", lambda: "/nowhere/python3")
            yield

    @contextmanager
    def held_up(self) -> Iterator[None]:
        """Others have all the lanes."""
        with ExitStack() as stack:
            for _ in range(config().subprocess_limit):
                lane = host_limit.acquire(self.folder, config().subprocess_limit)
                assert lane is not None
                stack.callback(os.close, lane)
            yield


def _attended() -> set[threading.Thread]:
    """The threads that are there until their processes have ended."""
    return {thread for thread in threading.enumerate() if thread.name == "jobs_api-child"}


engine = Subprocess
