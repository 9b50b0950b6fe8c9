"""A real gunicorn on a free port, and its end."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tools.demo.terminal import Broken

ROOT = Path(__file__).resolve().parent.parent.parent


@contextmanager
def server(env: Mapping[str, str], log: Path) -> Iterator[int]:
    """Serve meanwhile; yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener, log.open("w") as file:
        port: int = listener.getsockname()[1]
        process = subprocess.Popen(
            # It takes over a socket that listens already: no port to lose to somebody else.
            [
                sys.executable,
                "-m",
                "gunicorn",
                "settings.wsgi:application",
                "--bind",
                f"fd://{listener.fileno()}",
            ],
            cwd=ROOT,
            env=env,
            stdout=file,
            stderr=file,
            pass_fds=[listener.fileno()],
            start_new_session=True,  # Ctrl-C is for the demo, which then stops the server
        )
    try:
        _wait_until_ready(process, port)
        yield port
    finally:
        _stop(process)


def _wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    give_up = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < give_up:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        with suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/api/health/ready")
            if connection.getresponse().status == 200:
                return
        connection.close()
        time.sleep(0.1)
    raise Broken("The server starts.")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End it, the easy way first; nothing of it is left when this returns."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # an impatient second Ctrl-C must not leave it running
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=3)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # workers too: they are in its group
    process.wait()
