"""What the questions wait for."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TypeVar

from django.utils import timezone

from jobs_api import database
from jobs_api.models import JobRun, State

T = TypeVar("T")

SECONDS = 60
"""How long something may take that happens in a moment on a machine with nothing else to do."""

_loaded = timezone.now().replace(microsecond=0)
_seconds = count(60)


def until(condition: Callable[[], T | None], seconds: float = SECONDS) -> T:
    """What `condition` returns as soon as that is true."""
    give_up = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > give_up:
            raise AssertionError(f"It did not happen within {seconds:g} s.")
        time.sleep(0.02)
    return found


def is_alive(pid: int) -> bool:
    """Whether a process runs: a zombie does not."""
    if not Path("/proc/self/stat").exists():
        with suppress(ProcessLookupError):
            os.kill(pid, 0)
            return True
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False


def new_slot() -> datetime:
    """One that no other test of this process has."""
    return _loaded - timedelta(seconds=next(_seconds))


def running(slot: datetime, path: Path | None = None) -> JobRun:
    """The slot's run, once it is running, and has written to that file."""
    run = until(lambda: database.rows().filter(run_date=slot, state=State.RUNNING).first())
    if path is not None:
        until(path.exists)
    return run


def ended(slot: datetime, *, attempt: int = 1) -> JobRun:
    """The slot's run, once that attempt has ended."""
    return until(
        lambda: database.rows().filter(run_date=slot, attempt=attempt, finished_at__isnull=False).first()
    )


def processes_end(path: Path) -> None:
    """Return when those are dead that the command has noted there."""
    pids = [int(pid) for pid in path.read_text().split()]
    until(lambda: not any(map(is_alive, pids)))


def say_go(path: Path) -> None:
    """Let a command that awaits it go on."""
    path.with_name(path.name + ".go").touch()
