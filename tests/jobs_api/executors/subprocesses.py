"""The subprocess executor on the test's database: its processes find the jobs that a test has declared."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from jobs_api import Job, conf, registry
from jobs_api.models import IN_FLIGHT, JobRun
from jobs_api.runs.types import Trigger
from jobs_api.testing.conformance.watching import is_alive as is_alive
from jobs_api.testing.conformance.watching import until as until
from jobs_api.triggers.dispatch import Request, Result, dispatch
from jobs_api.worker import host_limit
from tests.jobs_api.triggers.asking import RECENT
from tests.toys.child import start

MODULE = "tests.toys.child.settings"


def prepare(monkeypatch: pytest.MonkeyPatch, folder: Path, **jobs_api: Any) -> None:
    """Let processes that are started from now on find this test's database, jobs and settings."""
    for name, value in start.environment(registry.jobs(), jobs_api).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(conf, "settings_module", lambda: MODULE)
    monkeypatch.setattr(host_limit, "folder", lambda project: folder)


def supervisors(folder: Path) -> Iterator[bool]:
    """Processes of this executor that a test with this folder has started."""
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            ours = b"subprocess_main.py" in (path / "cmdline").read_bytes()
            yield (
                ours and str(folder).encode() in (path / "environ").read_bytes() and is_alive(int(path.name))
            )


def fire(job: Job, run_date: datetime = RECENT, **request: Any) -> Result:
    """One trigger that waits for its end, unless it says otherwise."""
    return dispatch(Request(job, run_date, Trigger("http", "curl"), **{"wait_own": 60, **request}))


def ended(run_date: datetime = RECENT) -> JobRun:
    """The run, once it has ended."""
    until(JobRun.objects.filter(run_date=run_date).exclude(state__in=IN_FLIGHT).exists)
    return JobRun.objects.get(run_date=run_date)


def pids(path: Path) -> list[int]:
    """The processes that a behaviour has noted, once it has."""
    until(path.exists)
    return [int(pid) for pid in path.read_text().split()]


def behaving(declare: Callable[..., Job], name: str, path: Path | None = None, **fields: Any) -> Job:
    """A job that does what a function of tests.toys.behaviours does, once."""
    options = {"behave": name} if path is None else {"behave": name, "ledger": str(path)}
    return declare(**{"options": options, "max_attempts": 1, **fields})


def children() -> list[str]:
    """Processes that this one has started and not waited for, or that still run attempts."""
    listed = subprocess.run(
        ["ps", "--ppid", str(os.getpid()), "-o", "stat=,args="], capture_output=True, text=True
    )
    return [
        line for line in listed.stdout.splitlines() if line.startswith("Z") or "subprocess_main.py" in line
    ]
