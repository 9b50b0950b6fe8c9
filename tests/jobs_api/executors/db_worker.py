"""Real workers of django-tasks-db on the test's database: started, killed, and gone after the test."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from jobs_api import Job, registry
from tests.jobs_api.executors.backends import DATABASE
from tests.toys.child.start import environment

QUICK = {"EXECUTOR": "django_tasks", "LEASE_SECONDS": 10, "RENEW_SECONDS": 1, "REQUIRE_HTTPS": False}
"""JOBS_API for both sides."""


class DbWorkers:
    """Each is ``manage.py db_worker`` with the jobs that the test has declared."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "db_worker.log"
        self._started: list[subprocess.Popen[bytes]] = []

    def start(
        self, *options: str, jobs: list[Job] | None = None, hook: str = "", **jobs_api: Any
    ) -> subprocess.Popen[bytes]:
        """Another worker of all queues; `hook` is one of tests.toys.child.hooks."""
        declared = registry.jobs() if jobs is None else jobs
        more = {
            "DJANGO_SETTINGS_MODULE": "tests.jobs_api.executors.worker_settings",
            "TOY_TASKS": json.dumps(settings.TASKS),
            "TOY_HOOK": hook,
        }
        line = ["manage.py", "db_worker", "--interval", "0.1", "--no-startup-delay"]
        with self.log.open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, *line, *(options or ["--queue-name", "*"])],
                cwd=settings.BASE_DIR,
                env={**environment(declared, {**QUICK, **jobs_api}), **more},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._started.append(worker)
        return worker

    def end(self) -> None:
        """Kill them all; their commands die with them."""
        for worker in self._started:
            worker.kill()
            worker.wait()


@pytest.fixture
def db_workers(tmp_path: Path) -> Iterator[DbWorkers]:
    """``db_workers.start()``: with TASKS and JOBS_API so that triggers of this process reach them."""
    workers = DbWorkers(tmp_path)
    try:
        with override_settings(TASKS=DATABASE, JOBS_API=QUICK):
            yield workers
    finally:
        workers.end()
