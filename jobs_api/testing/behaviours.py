"""What the command of `ExecutorConformance` does, by name. A second attempt succeeds at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jobs_api.execution.current import current_run

LONG = 120
"""Seconds: whoever works that long was not stopped."""


def note(ledger: str, *pids: int) -> None:
    """Tell the test which processes there are."""
    path = Path(ledger)
    path.with_suffix(".part").write_text(" ".join(map(str, pids)))
    path.with_suffix(".part").rename(path)


def stubborn(command: Any, **options: Any) -> None:
    """Ignore SIGTERM, start a program that does not end, and never check; note both processes."""
    if current_run().attempt > 1:
        return
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ignoring = f"import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep({LONG})"
    program = subprocess.Popen([sys.executable, "-c", ignoring])
    note(options["ledger"], os.getpid(), program.pid)
    time.sleep(LONG)


def checks(command: Any, **options: Any) -> None:
    """Work until `check()` raises."""
    if current_run().attempt == 1:
        note(options["ledger"], os.getpid())
        while True:
            current_run().check()
            time.sleep(0.02)


def awaits(command: Any, **options: Any) -> None:
    """Write down that it has started, work until the test calls `say_go`, write down that it has ended."""
    book, go = Path(options["ledger"]), Path(options["ledger"] + ".go")
    with book.open("a", buffering=1) as lines:
        lines.write("start\n")
        for _ in range(LONG * 50):
            if go.exists():
                lines.write("end\n")
                return
            time.sleep(0.02)
    raise TimeoutError("The test gave no signal to go on.")


def exits(command: Any, **options: Any) -> None:
    """Leave by sys.exit() with the number that it is given to say."""
    sys.exit(int(options["say"]))


def floods(command: Any, **options: Any) -> None:
    """Write 8 MiB."""
    command.stdout.write("first")
    for _ in range(8 * 1024):
        sys.stdout.write("x" * 1023 + "\n")
    command.stdout.write("last")


BEHAVIOURS: dict[str, Callable[..., None]] = {
    behaviour.__name__: behaviour for behaviour in (stubborn, checks, awaits, exits, floods)
}
