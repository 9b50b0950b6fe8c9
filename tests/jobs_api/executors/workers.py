"""Workers of Celery: processes of their own on the test's database and broker.

They run `tests.toys.child.celery`, the app of a host that only has its settings and
`autodiscover_tasks()`. `conftest.py` has the fixture::

    worker = work(concurrency=1, LEASE_SECONDS=3)    # ready when it returns; jobs as declared before
    worker.terminate() / worker.kill()               # SIGTERM / SIGKILL; children die with it
    worker.children()                                # process ids of its pool
    worker.log()
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings

from jobs_api import Job
from tests.toys.child.start import environment

from .broker import Broker
from .subprocesses import until


class Worker:
    """One worker, with its pool of children."""

    def __init__(
        self,
        broker: Broker,
        jobs: Iterable[Job],
        *,
        concurrency: int = 1,
        queues: str = "celery",
        pool: str = "prefork",
        jobs_api: dict[str, Any] | None = None,
    ) -> None:
        self._log = tempfile.NamedTemporaryFile(prefix="jobs-api-worker-", suffix=".txt")  # noqa: SIM115
        command = [
            sys.executable, "-m", "celery", "-A", "tests.toys.child.celery", "worker",
            f"--concurrency={concurrency}", f"--queues={queues}", f"--pool={pool}", "--loglevel=INFO",
            "--without-gossip", "--without-mingle", "--without-heartbeat", "-E",
            f"--hostname=toys{id(self)}@%h",
        ]  # fmt: skip
        env = {**environment(jobs, jobs_api), "TOY_BROKER": broker.url, "CELERY_SKIP_CHECKS": "1"}
        env.pop("CELERY_BROKER_URL", None)
        self.process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=env, stdout=self._log, stderr=subprocess.STDOUT
        )
        atexit.register(self.process.kill)

    def ready(self) -> Worker:
        """Return when it takes messages."""
        until(lambda: " ready." in self.log() or self.process.poll() is not None, seconds=60)
        assert self.process.poll() is None, self.log()
        return self

    def log(self) -> str:
        """What it and its children have said."""
        return Path(self._log.name).read_text(errors="replace")

    def children(self) -> list[int]:
        """The processes of its pool."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]

    def terminate(self) -> None:
        """Tell it to stop, as a deploy does."""
        self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it as by kill -9; its children go with it."""
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        """Whatever state it is in, it and its children are gone afterwards."""
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGCONT)
            self.kill()
        self._log.close()
