"""Servers that stay up for all of these tests, each with one job that does nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from jobs_api import Job
from tests.jobs_api.execution.draining.server import PROJECT, SHORT, WORKERS, eventually, serve
from tests.ports import held_port
from tests.toys.child.start import environment

from .raw import Raw, head

NIGHTLY = {"command": "toy", "schedule": "0 0 1 1 *", "overlap": "allow"}
"""Its newest slot stays the same while a test runs."""
BODY_SECONDS = 2
LIMITS = {"BODY_SECONDS": BODY_SECONDS, "BAD_TOKENS_PER_MINUTE": 10_000}
"""The tests share a server and send more wrong tokens in a minute than a caller may."""


@pytest.fixture(scope="package")  # no longer: another test may want the database for itself
def start(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., int]]:
    """``start("gthread", threads=4)`` starts a server once; returns its port."""
    ports: dict[Any, int] = {}
    with ExitStack() as stack:

        def once(kind: str, threads: int = 4, **fields: Any) -> int:
            key = (kind, threads)
            if key not in ports:
                jobs = [Job("nightly", **NIGHTLY, **fields)]
                folder = tmp_path_factory.mktemp(kind)
                if kind == "runserver":
                    ports[key] = stack.enter_context(runserver(folder, jobs))
                else:
                    more = ("--threads", str(threads)) if kind == "gthread" else ()
                    running = serve(folder, *WORKERS[kind], *more, jobs=jobs, grace=2, drain=1, **LIMITS)
                    ports[key] = stack.enter_context(running).port
            return ports[key]

        yield once


@contextmanager
def runserver(folder: Path, jobs: list[Job]) -> Iterator[int]:
    """Django's server for development, which hands over no body that comes in chunks."""
    with held_port() as port, (folder / "runserver.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "runserver", "--noreload", "--skip-checks", f"127.0.0.1:{port}"],
            cwd=settings.BASE_DIR,
            env=environment(jobs, SHORT | LIMITS) | PROJECT,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            eventually(lambda: process.poll() or _answers(port), 60)
            yield port
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _answers(port: int) -> bool:
    with suppress(OSError), Raw(port) as raw:
        return raw.say(head("GET", "/api/health/live", "-")).answer().status == 200
    return False
