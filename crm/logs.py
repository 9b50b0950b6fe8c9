"""Log files with one line for each moment that a job stands for."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from django.utils import timezone

from crm.clock import aware


class Log(NamedTuple):
    """What a log file is called, and how its lines begin: with their time, as `strftime` writes it."""

    file: str
    stamp: str

    def line(self, moment: datetime, text: str) -> str:
        """What it says of a moment, in the zone of the settings."""
        return f"{timezone.localtime(aware(moment)):{self.stamp}}{text}"

    def add(self, moment: datetime, text: str, folder: Path) -> bool:
        """Add the line of `moment`, unless it has one: a retry of its slot wrote it. True if added."""
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        path, start = folder / self.file, self.line(moment, "")
        # In the hour that autumn repeats, the same time comes a second time and is a new moment.
        if _count(path, start) > timezone.localtime(moment).fold:
            return False
        with open(path, "a", encoding="utf-8", opener=_for_owner_and_group) as file:
            file.write(f"{start}{text}\n")
        return True


def _count(path: Path, start: str) -> int:
    """Lines that begin so; what follows may differ from one try to the next."""
    if not path.exists():
        return 0
    with path.open(encoding="utf-8") as file:
        return sum(line.startswith(start) for line in file)


def _for_owner_and_group(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o640)
