"""Databases and servers to measure on; each ends with its ``with`` block."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
CRON_SECRET = secrets.token_urlsafe(32)
# Once its standard input is closed; again while a server that is still ending puts files there.
SWEEP = """
import os, shutil, sys, time
sys.stdin.read()
while os.path.exists(sys.argv[1]):
    shutil.rmtree(sys.argv[1], ignore_errors=True)
    time.sleep(0.1)
"""
Fresh = Callable[[str], str]
"""Creates a database of that name with all tables, and returns its URL."""


def variables(url: str, settings: str = "bench.project.settings") -> dict[str, str]:
    """The environment of a process that uses this database."""
    chosen = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": settings, "CRON_SECRET": CRON_SECRET}
    return os.environ | chosen | {"PYTHONPATH": str(ROOT)}


@contextmanager
def sqlite() -> Iterator[Fresh]:
    """SQLite files in a temporary directory; a second process removes it, however this one ends."""
    folder = tempfile.mkdtemp(prefix="jobs-api-bench-")
    command = [sys.executable, "-c", SWEEP, folder]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True):
        yield lambda name: _prepared(f"sqlite:///{quote(folder)}/{name}.sqlite3")


@contextmanager
def postgres() -> Iterator[Fresh]:
    """An own PostgreSQL server with fsync; it also ends when this process is killed."""
    guardian = subprocess.Popen(
        [sys.executable, str(ROOT / "tools/with_postgres.py"), "--durable"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for this process; the server must end after its clients
    )
    with guardian:  # closes its standard input and waits
        assert guardian.stdout is not None
        _version, base = guardian.stdout.readline(), guardian.stdout.readline().strip()
        if not base:
            raise SystemExit("PostgreSQL did not start.")

        def fresh(name: str) -> str:
            inside("create_database", name, url=base)
            return _prepared(base.replace("/postgres?", f"/{name}?"))

        yield fresh


def _prepared(url: str) -> str:
    inside("prepare", url=url)
    return url


DATABASES = {"PostgreSQL": postgres, "SQLite": sqlite}


def inside(
    task: str, *arguments: str, url: str, module: str = "bench.inside", env: Mapping[str, str] | None = None
) -> Any:
    """Run one function of a module in its own process; returns its result."""
    command = [sys.executable, "-m", module, task, *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=variables(url) | (env or {}), stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def free_port() -> int:
    """A port that no process uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(
    url: str, *, workers: int = 1, wsgi: str = "bench.project.wsgi", env: Mapping[str, str] | None = None
) -> Iterator[int]:
    """gunicorn on a free port, which is returned. One worker: one process serves all requests."""
    port = free_port()
    chosen = {"PORT": str(port), "HOST": "127.0.0.1", "WEB_CONCURRENCY": str(workers), **(env or {})}
    command = [sys.executable, "-m", "gunicorn", "--config", "bench/gunicorn_conf.py", wsgi]
    process = subprocess.Popen(command, cwd=ROOT, env=variables(url) | chosen, stdin=subprocess.PIPE)
    try:
        _wait_until_it_answers(process, port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", "/api/health/live", headers={"X-Forwarded-Proto": "https"})
            status = connection.getresponse().status
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("The server did not start.") from None
            time.sleep(0.1)
            continue
        finally:
            connection.close()
        if status != 200:
            raise SystemExit(f"The server answers its health check with {status}.")
        return
