"""The time of a seeded server: it goes on from a given moment, or stands still.

jobs_api takes its time from the database. SQLite's clock is its function strftime, which a connection may
replace; nothing else of jobs_api changes. So a picture made tomorrow shows the same, and a test does not
depend on the time of day.
"""

from __future__ import annotations

import os
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db.backends.signals import connection_created

from jobs_api import clock

NOW, FOLDER = "SEED_NOW", "SEED_FOLDER"
"""Of the environment: the moment, and the folder of the project."""
STARTED = "clock"
"""The file with what this machine's clock showed at that moment; without it, time stands still."""


def start(folder: Path) -> None:
    """Let time go on from the moment, now."""
    new = folder / f"{STARTED}.new"
    new.write_text(str(time.time()))
    new.replace(folder / STARTED)


def now() -> datetime:
    """The time."""
    try:
        passed = time.time() - float(Path(os.environ[FOLDER], STARTED).read_text())
    except FileNotFoundError:
        passed = 0.0
    return datetime.fromisoformat(os.environ[NOW]) + timedelta(seconds=passed)


def install() -> None:
    """From now on, this process has that time; without the variable it keeps the real one."""
    if NOW in os.environ:
        connection_created.connect(_replace, dispatch_uid="seed")
        clock.host = now


def _replace(connection: Any, **_: Any) -> None:
    # Another connection does what strftime does, with our time in the place of "now".
    real = sqlite3.connect(":memory:", check_same_thread=False)

    def strftime(form: str, *rest: Any) -> Any:
        parts = [_now() if str(part).lower() == "now" else part for part in rest]
        places = ", ".join("?" * (len(parts) + 1))
        return real.execute(f"SELECT strftime({places})", [form, *parts]).fetchone()[0]

    connection.connection.create_function("strftime", -1, strftime)


def _now() -> str:
    return now().astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
