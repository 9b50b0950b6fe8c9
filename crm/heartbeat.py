"""The heartbeat log: one line per sign of life."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from django.utils import timezone

from crm.clock import aware

FILE = "crm_heartbeat_log.txt"


def line(moment: datetime) -> str:
    """What the log says of a sign of life."""
    return f"{timezone.localtime(aware(moment)):%d/%m/%Y-%H:%M:%S} CRM is alive"


def log(moment: datetime, folder: Path) -> bool:
    """Add the line of `moment`, unless it is there: a retry of its slot wrote it. True if added."""
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    path, text = folder / FILE, line(moment)
    # In the hour that autumn repeats, the same text comes a second time and is a new sign of life.
    if _count(path, text) > timezone.localtime(moment).fold:
        return False
    with open(path, "a", encoding="utf-8", opener=_for_owner_and_group) as file:
        file.write(f"{text}\n")
    return True


def _count(path: Path, text: str) -> int:
    if not path.exists():
        return 0
    with path.open(encoding="utf-8") as file:
        return sum(found.rstrip("\n") == text for found in file)


def _for_owner_and_group(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o640)
