"""The ledger of what really happened: a line for each sign of life of a command, outside the database.

Whoever is killed writes no end, so "alive" every few hundredths of a second tells until when an
attempt surely lived. One `write` to a file that is open for appending is one line, whole or absent.
"""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

TICK = 0.05


class Event(NamedTuple):
    """One line."""

    job: str
    run_date: str
    attempt: int
    event: str
    """"start", "alive", then "ok" or "error" if it came to an end by itself."""
    pid: int
    at: float
    """Seconds of the machine's monotonic clock."""
    wall: float
    """The same moment as a Unix time, to compare with the record."""


def instant(moment: datetime) -> str:
    """A slot's instant in the form by which ledger, records and answers are compared."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


class Pen:
    """Writes the lines of one attempt."""

    def __init__(self, path: Path, job: str, run_date: datetime, attempt: int) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._slot = job, instant(run_date), attempt

    def note(self, event: str) -> None:
        """Write a line."""
        line = json.dumps([*self._slot, event, os.getpid(), time.monotonic(), time.time()]) + "\n"
        os.write(self._file, line.encode())

    def live(self, seconds: float) -> None:
        """Write signs of life for this many seconds."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.note("alive")
            time.sleep(min(TICK, left))

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def read(path: Path) -> list[Event]:
    """All lines, in the order in which they were written."""
    text = path.read_text() if path.exists() else ""
    return [Event(*json.loads(line)) for line in text.splitlines()]
