"""The subprocess executor on the test's database: its processes find the jobs that a test has declared."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from jobs_api import conf, lanes, registry
from tests.toys.child import start

MODULE = "tests.toys.child.settings"


def prepare(monkeypatch: pytest.MonkeyPatch, folder: Path, **jobs_api: Any) -> None:
    """Let processes that are started from now on find this test's database, jobs and settings."""
    for name, value in start.environment(registry.jobs(), jobs_api).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(conf, "settings_module", lambda: MODULE)
    monkeypatch.setattr(lanes, "folder", lambda project: folder)


def until(condition: Callable[[], Any], seconds: float = 20) -> Any:
    """What `condition` returns as soon as that is true."""
    give_up = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < give_up, "it did not happen in time"
        time.sleep(0.02)
    return found


def is_alive(pid: int) -> bool:
    """Whether a process is there and is no zombie."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False
