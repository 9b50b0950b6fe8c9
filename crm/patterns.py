"""What the jobs have in common: they count from their slot, work in batches, and log once per slot."""

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
    """The slot of the run that this is part of, else now.

    A retry an hour later then decides as the first attempt did.
    """
    return aware(current_run().run_date or timezone.now())


def in_batches(items: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """Slices of `items`; tells the run how far it is, and ends it between two of them if asked to."""
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
        """What it says of a moment, in the zone of the settings."""
        return f"{timezone.localtime(aware(moment)):{self.stamp}}{text}"

    def add(self, moment: datetime, text: str, folder: Path) -> bool:
        """Add the line of `moment`, unless it has one: a retry of its slot wrote it. True if added."""
        start = self.line(moment, "")
        with self._open(folder) as file:
            count, whole = _read(file, start)
            if _is_enough(count, moment):
                return False
            if not whole:  # a crash cut it off; behind it, this one would be hidden from later tries
                file.write("\n")
            file.write(f"{start}{text}\n")
        return True

    def lacks(self, moment: datetime, folder: Path) -> bool:
        """Whether `add` would add; to ask before work that is not to be done without its line.

        Raises:
            OSError: the log cannot be written.
        """
        start = self.line(moment, "")
        with self._open(folder) as file:
            return not _is_enough(_read(file, start)[0], moment)

    def _open(self, folder: Path) -> TextIO:
        """To read and to append; bytes that are no text, left by a crash, are no reason to stop."""
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        path = folder / self.file
        return open(path, "a+", encoding="utf-8", errors="replace", opener=_for_owner_and_group)


def _read(file: TextIO, start: str) -> tuple[int, bool]:
    """How many lines begin so, whatever follows in one try or the next; and if the last one is whole."""
    file.seek(0)
    count, line = 0, "\n"
    for line in file:
        count += line.startswith(start)
    return count, line.endswith("\n")


def _is_enough(count: int, moment: datetime) -> bool:
    """In the hour that autumn repeats, the same time comes a second time and is a new moment."""
    return count > timezone.localtime(moment).fold


def _for_owner_and_group(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o640)
