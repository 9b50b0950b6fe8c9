"""A PostgreSQL server that is killed with all its processes and recovers from its write-ahead log."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil

from tools.chaos.network import Network
from tools.chaos.services import Service, kill
from tools.with_postgres import create, install

# The writes of a killed process are already in the kernel, which keeps them. fsync is for power failures,
# which do not happen here.
SURE_ENOUGH = ["-c", "fsync=off", "-c", "max_connections=200"]


def postgres(folder: Path, network: Network | None) -> Postgres:
    """A server with an empty database, not started yet: its socket is in `folder`; the network reaches it."""
    programs, account = install(folder)
    data = create(folder, programs, account)
    address = network.outside if network else ""
    command = [f"{programs}/postgres", "-D", f"{data}", "-k", f"{folder}", "-h", address, *SURE_ENOUGH]
    if network:
        with (data / "pg_hba.conf").open("a") as file:
            file.write(f"host all all {network.range} trust\n")
    probe = [f"{programs}/pg_isready", "-q", "-h", f"{folder}"]
    env = {**os.environ, "CHAOS_FOLDER": str(folder)}
    return Postgres(
        "database",
        command,
        folder=folder,
        env=env,
        account=account,
        answers=lambda: subprocess.call(probe) == 0,
    )


def url(where: Path | str) -> str:
    """Where it is, by its socket's folder or its address, as Django's DATABASE_URL and psycopg take it."""
    return f"postgres://postgres@/postgres?host={where}"


class Postgres(Service):
    """The server. It cannot start again before the last process of the killed one has ended."""

    def kill_all(self) -> None:
        """Kill the server and its processes before they notice."""
        super().kill_all()
        psutil.wait_procs([process for process in self._family() if kill(process)], timeout=10)

    def freeze(self) -> Callable[[], None]:
        """Freeze all its processes, like a machine that swaps; returns a function that resumes them."""
        frozen = [process for process in self._family() if _signal(process, signal.SIGSTOP)]

        def thaw() -> None:
            for process in frozen:
                _signal(process, signal.SIGCONT)

        return thaw

    def _family(self) -> list[psutil.Process]:
        return [process for process in psutil.process_iter() if _works_in(process, self._folder / "data")]


def _signal(process: psutil.Process, number: signal.Signals) -> bool:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return False
    return True


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.cwd() == str(folder)
    except (psutil.Error, OSError):
        return False
