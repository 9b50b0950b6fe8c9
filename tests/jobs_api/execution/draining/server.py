"""A real gunicorn with this repository's gunicorn.conf.py, and requests on connections that stay open."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from typing import Any

from django.conf import settings

from jobs_api import Job
from jobs_api.worker import host_limit
from tests.toys.child.start import environment

SECRET = "cron-secret-of-a-server-that-drains-4f1d0c6be2a84c0f9d35a7b8"
PROJECT = {"DJANGO_SETTINGS_MODULE": "tests.jobs_api.execution.draining.settings", "CRON_SECRET": SECRET}
SHORT = {"REQUIRE_HTTPS": False, "LEASE_SECONDS": 2, "RENEW_SECONDS": 0.5}
APART = {"WAIT_SECONDS": 0.1, "KILL_SECONDS": 1, "SUBPROCESS_LIMIT": 16}
WORKERS = {"gthread": ("--worker-class", "gthread"), "sync": ("--worker-class", "sync", "--threads", "1")}
Answer = tuple[int, HTTPMessage, dict[str, Any]]


class Server:
    """A gunicorn that a test ends."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process, self.port, self.log = process, port, log
        self._threads = ThreadPoolExecutor(4)

    def worker(self) -> int:
        """The pid of its newest worker."""
        return int(re.findall(r"Booting worker with pid: (\d+)", self.log.read_text())[-1])

    def tell(self, number: signal.Signals, pid: int | None = None) -> float:
        """Send the master, or another process, a signal; returns when, at the latest, it had not come yet."""
        before = time.monotonic()
        os.kill(pid or self.process.pid, number)
        return before

    def ended(self, since: float) -> float:
        """Wait for its end, a good one; returns the seconds that it took."""
        assert self.process.wait(30) == 0, self.log.read_text()
        return time.monotonic() - since

    def connection(self) -> Connection:
        """Open one, and leave it open."""
        return Connection(self.port)

    def trigger(self, job: str) -> Future[Answer]:
        """POST to a job, and wait for the answer in another thread."""
        return self._threads.submit(self.connection().ask, "POST", f"/api/jobs/{job}/run")


class Connection:
    """A connection that stays open as long as the server lets it."""

    def __init__(self, port: int) -> None:
        self._http = HTTPConnection("127.0.0.1", port, timeout=30)

    def ask(self, method: str, path: str) -> Answer:
        """Send a request with CRON_SECRET."""
        headers = {"Authorization": f"Bearer {SECRET}", "Content-Length": "0"}
        self._http.request(method, path, headers=headers)
        answer = self._http.getresponse()
        return answer.status, answer.headers, json.loads(answer.read())


def eventually(true: Callable[[], Any], seconds: float = 15) -> Any:
    """What `true` returns, once that is something."""
    give_up = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < give_up, true
        time.sleep(0.02)
    return found


@contextmanager
def serve(
    folder: Path, *options: str, jobs: list[Job], grace: float, drain: float, **setting: Any
) -> Iterator[Server]:
    """Serve meanwhile; `options` are gunicorn's, `grace` its graceful_timeout, `drain` our DRAIN_SECONDS.

    Args:
        setting: further keys of JOBS_API.
    """
    log = folder / "server.log"
    with socket.create_server(("127.0.0.1", 0)) as listener, log.open("a") as out:
        port = listener.getsockname()[1]
        fixed = ("--bind", f"fd://{listener.fileno()}", "--workers", "1", "--graceful-timeout", str(grace))
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "settings.wsgi:application", *fixed, *options],
            cwd=settings.BASE_DIR,
            env=environment(jobs, SHORT | APART | {"DRAIN_SECONDS": drain} | setting) | PROJECT,
            stdout=out,
            stderr=out,
            pass_fds=[listener.fileno()],
            start_new_session=True,  # a process group of its own, to be ended as a whole
        )
    try:
        server = Server(process, port, log)
        eventually(lambda: "Booting worker" in log.read_text() or process.poll())
        assert server.connection().ask("GET", "/api/health/ready")[0] == 200, log.read_text()
        yield server
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pid in host_limit.holders(process.pid):  # they are in sessions of their own
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
