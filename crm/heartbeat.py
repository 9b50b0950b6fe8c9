"""The heartbeat log: one line per sign of life."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from crm.logs import Log

LOG = Log(file="crm_heartbeat_log.txt", stamp="%d/%m/%Y-%H:%M:%S")
FILE, TEXT = LOG.file, " CRM is alive"


def line(moment: datetime) -> str:
    """What the log says of a sign of life."""
    return LOG.line(moment, TEXT)


def log(moment: datetime, folder: Path) -> bool:
    """Add the line of `moment`, unless it is there: a retry of its slot wrote it. True if added."""
    return LOG.add(moment, TEXT, folder)
