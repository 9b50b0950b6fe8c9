"""Start and stop a real gunicorn on a free port."""

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

from tools import stops
from tools.demo.terminal import Broken

ROOT = Path(__file__).resolve().parent.parent.parent


@contextmanager
def server(env: Mapping[str, str], log: Path) -> Iterator[int]:
    """Run the server of the reference project in this context; yields the port."""
    with listening(env, log, "settings.wsgi:application") as port:
        yield port


@contextmanager
def listening(env: Mapping[str, str], log: Path, application: str, *, port: int = 0) -> Iterator[int]:
    """Run a server of this application in this context; yields the port, which is free if none is given."""
    with socket.create_server(("127.0.0.1", port)) as listener, log.open("w") as file:
        port = listener.getsockname()[1]
        process = subprocess.Popen(
            # It inherits a listening socket, so that no other process can take the port.
            [
                sys.executable,
                "-m",
                "gunicorn",
                application,
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
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        with suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/api/health/ready")
            if connection.getresponse().status == 200:
                return
        connection.close()
        time.sleep(0.1)
    raise Broken("The server starts.")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop it, gently first; when this returns, no process is left."""
    with stops.ignored():  # a second Ctrl-C must not leave it running
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=3)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # workers too: they are in its group
        process.wait()
