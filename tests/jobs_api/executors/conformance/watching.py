"""What the tests wait for."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from django.utils import timezone

from jobs_api.models import JobRun, State
from tests.jobs_api.executors.subprocesses import is_alive, until

_loaded = timezone.now().replace(microsecond=0)
_seconds = count(60)


def new_slot() -> datetime:
    """One that no other test of this process has."""
    return _loaded - timedelta(seconds=next(_seconds))


def running(slot: datetime, path: Path | None = None) -> JobRun:
    """The slot's run, once it is running, and has written to that file."""
    run = until(lambda: JobRun.objects.filter(run_date=slot, state=State.RUNNING).first())
    if path is not None:
        until(path.exists)
    return run


def ended(slot: datetime, *, attempt: int = 1) -> JobRun:
    """The slot's run, once that attempt has ended."""
    return until(
        lambda: JobRun.objects.filter(run_date=slot, attempt=attempt, finished_at__isnull=False).first()
    )


def processes_end(path: Path) -> None:
    """Return when those are dead that the command has noted there."""
    pids = [int(pid) for pid in path.read_text().split()]
    until(lambda: not any(map(is_alive, pids)))


def say_go(path: Path) -> None:
    """Let a command that awaits it go on."""
    path.with_name(path.name + ".go").touch()
