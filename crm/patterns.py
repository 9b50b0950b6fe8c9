"""What the jobs have in common: the time of the slot, batches, and a log with one line per slot."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, TextIO, TypeVar

from django.utils import timezone

from crm.clock import aware
from jobs_api import current_run

T = TypeVar("T")


def reference_time() -> datetime:
    """The slot of the current run; by hand, now.

    So a retry an hour later decides as the first attempt did.
    """
    return aware(current_run().run_date or timezone.now())


def in_batches(items: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """Slices of `items`. Reports progress; stops between two slices if the run is cancelled.

    Raises:
        RunStopped: the run is to stop; what was done stays done.
    """
    run, total = current_run(), len(items)
    run.progress(0, total)
    for start in range(0, total, size):
        run.check()
        yield items[start : start + size]
        run.progress(min(start + size, total), total)


class Log(NamedTuple):
    """A log file with one line for each slot.

    `file` is its name; its lines begin with their time, as `strftime` writes `stamp`.
    """

    file: str
    stamp: str

    def line(self, moment: datetime, text: str) -> str:
        """The line for a moment, in TIME_ZONE."""
        return f"{timezone.localtime(aware(moment)):{self.stamp}}{text}"

    def add(self, moment: datetime, text: str, folder: Path) -> bool:
        """Add the line for `moment`, unless an earlier attempt has added it. True if added."""
        start = self.line(moment, "")
        with self._open(folder) as file:
            count, whole = _read(file, start)
            if _is_enough(count, moment):
                return False
            if not whole:  # a crash has cut the last line off; start a new one
                file.write("\n")
            file.write(f"{start}{text}\n")
        return True

    def lacks(self, moment: datetime, folder: Path) -> bool:
        """Whether there is no line for `moment` yet. Check this before work that must not be repeated.

        Raises:
            OSError: the log cannot be written.
        """
        start = self.line(moment, "")
        with self._open(folder) as file:
            return not _is_enough(_read(file, start)[0], moment)

    def _open(self, folder: Path) -> TextIO:
        """For reading and appending. A crash may have left half a character, which is not an error."""
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        path = folder / self.file
        return open(path, "a+", encoding="utf-8", errors="replace", opener=_for_owner_and_group)


def _read(file: TextIO, start: str) -> tuple[int, bool]:
    """How many lines begin with `start`, and whether the last line is complete."""
    file.seek(0)
    count, line = 0, "\n"
    for line in file:
        count += line.startswith(start)
    return count, line.endswith("\n")


def _is_enough(count: int, moment: datetime) -> bool:
    """In the hour that autumn repeats, the same local time is a second moment with its own line."""
    return count > timezone.localtime(moment).fold


def _for_owner_and_group(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o640)
