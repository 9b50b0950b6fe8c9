"""A PostgreSQL that is killed with all its processes and recovers from its write-ahead log."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import psutil

from tools.chaos.services import Service, kill
from tools.with_postgres import create, install

# A process that is killed has handed its writes to the kernel, which keeps them: what fsync is for, the
# end of power, does not happen here. Whatever is acknowledged is written all the same.
SURE_ENOUGH = ["-c", "fsync=off", "-c", "max_connections=200"]


def postgres(folder: Path) -> Service:
    """A server with an empty database, not started yet; clients find it by its socket in `folder`."""
    programs, account = install(folder)
    data = create(folder, programs, account)
    command = [f"{programs}/postgres", "-D", f"{data}", "-k", f"{folder}", "-h", "", *SURE_ENOUGH]
    ask = [f"{programs}/pg_isready", "-q", "-h", f"{folder}"]
    env = {**os.environ, "CHAOS_FOLDER": str(folder)}
    return Postgres(
        "database",
        command,
        folder=folder,
        env=env,
        account=account,
        answers=lambda: subprocess.call(ask) == 0,
    )


def url(folder: Path) -> str:
    """Where it is, as Django's DATABASE_URL and psycopg take it."""
    return f"postgres://postgres@/postgres?host={folder}"


class Postgres(Service):
    """It cannot start again before the last process of the one before is gone."""

    def kill_all(self) -> None:
        """Kill it, and those that it had started before they notice."""
        super().kill_all()
        left = [process for process in psutil.process_iter() if _works_in(process, self._folder / "data")]
        psutil.wait_procs([process for process in left if kill(process)], timeout=10)


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.cwd() == str(folder)
    except (psutil.Error, OSError):
        return False
