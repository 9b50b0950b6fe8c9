"""A folder with all that runs in it: whatever happens, nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tools.chaos.services import ROOT, Service
from tools.chaos.stage import KEPT


def environment_of(folder: Path, settings: str, secret: str) -> dict[str, str]:
    """The environment of every process of that folder; the guardian knows them by it."""
    return {
        **{name: os.environ[name] for name in KEPT if name in os.environ},
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": settings,
        "CRON_SECRET": secret,
        "CHAOS_FOLDER": str(folder),
        "LOG_LEVEL": "INFO",
    }


def stop_on_signals() -> None:
    """End by KeyboardInterrupt, whoever ends this process, so that `finally` runs."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)


@contextmanager
def guarded(prefix: str, *, keep: bool) -> Iterator[Path]:
    """In this context the folder is there; then no process of it is left, and no file unless it is kept."""
    folder = Path(tempfile.mkdtemp(prefix=prefix)).resolve()
    guardian = subprocess.Popen(
        [sys.executable, str(ROOT / "tools/chaos/guardian.py"), str(folder)],
        stdin=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    assert guardian.stdin
    try:
        if keep:
            guardian.stdin.write("keep")
        yield folder
    finally:
        guardian.stdin.close()  # it then ends every process that has this folder in its environment
        guardian.wait()


@contextmanager
def running(service: Service, seconds: float = 30) -> Iterator[Service]:
    """In this context it answers; then no process of it is left."""
    service.start()
    try:
        service.wait_until_it_answers(seconds)
        yield service
    finally:
        service.kill_all()
        with suppress(ProcessLookupError):  # what its first process has left behind
            os.killpg(service.pid, signal.SIGKILL)
