"""`Scene`: the folder, the database and the web host of one system that is tried."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tools.chaos.services import ROOT, Service, free_ports, is_ready
from tools.live.caller import Caller
from tools.live.place import environment_of
from tools.schedulers.system import System

HOME = ROOT / ".venv-schedulers"
PYTHON = HOME / "bin/python"
"""Its interpreter, for what is not in .venv."""
NPM = HOME / "npm"
TICKS = ("tick_ok", "tick_fails")
QUEUED, DUE = "tick_queued", "due_only"


class Scene:
    """Where one system is tried. Everything of it is in `folder` and has its environment."""

    def __init__(self, name: str, system: System, base: Path) -> None:
        self.name, self.system, self.folder = name, system, base / name
        self.folder.mkdir(mode=0o755)
        self.secret = secrets.token_urlsafe(32)
        self.port, *self.ports = free_ports(4)
        """Of the web host; `ports`: three more, for a broker and the like."""
        self.ledger = self.folder / "ledger"
        """The commands write a line in it when they begin: `accounts` compares it with the database."""
        self.env: dict[str, str] = {
            **environment_of(base, system.settings, self.secret),
            "DATABASE_URL": self._database(),
            "HOST_APPS": ",".join(system.apps),
            "HOST_EXECUTOR": system.executor,
            "HOST_LEDGER": str(self.ledger),
            "HOST_FOLDER": str(self.folder),
            "HOST_PORTS": ",".join(map(str, self.ports)),
            "PORT": str(self.port),
            **system.env,
        }
        self.caller = Caller(self.port, self.secret)
        """The second source."""

    @property
    def base_url(self) -> str:
        """The value of --base-url."""
        return f"http://127.0.0.1:{self.port}/api"

    @property
    def jobs(self) -> tuple[str, ...]:
        """The jobs that the system triggers one by one."""
        return (*TICKS, QUEUED) if self.system.executor else TICKS

    def manage(self, *words: str, input: str | None = None) -> str:
        """Run a management command; returns what it printed. RuntimeError if it fails."""
        return self.run([sys.executable, "-m", "django", *words], input=input)

    def run(self, command: Sequence[str | Path], *, input: str | None = None, seconds: float = 120) -> str:
        """Run any command there; returns its standard output. RuntimeError if it fails."""
        how: dict[str, Any] = {"capture_output": True, "text": True, "input": input, "timeout": seconds}
        found = subprocess.run(command, cwd=self.folder, env=self.env, **how)
        if found.returncode:
            words = " ".join(map(str, command))
            raise RuntimeError(f"{words}: exit {found.returncode}: {(found.stdout + found.stderr)[-1500:]}")
        return found.stdout

    def service(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        answers: Callable[[], bool] = lambda: True,
        env: Mapping[str, str] | None = None,
    ) -> Service:
        """A process of the system, not started yet; its output goes to NAME.log in the folder."""
        return Service(
            name,
            [str(word) for word in command],
            folder=self.folder,
            env={**self.env, **(env or {})},
            answers=answers,
        )

    def says(self, name: str, text: str) -> Callable[[], bool]:
        """Whether the service of that name has written this: for `answers`."""
        log = self.folder / f"{name}.log"
        return lambda: log.exists() and text in log.read_text(errors="replace")

    def web(self) -> Service:
        """The web host that the second source calls, and the system too if it calls a URL."""
        words = ["--workers", "1", "--threads", "8", "--bind", f"127.0.0.1:{self.port}"]
        command = [sys.executable, "-m", "gunicorn", "--config", "python:jobs_api.gunicorn", *words]
        return self.service(
            "web",
            [*command, "--no-control-socket", "tools.schedulers.host.wsgi"],
            answers=lambda: is_ready("127.0.0.1", self.port),
        )

    def _database(self) -> str:
        url = urlsplit(os.environ.get("DATABASE_URL", ""))
        if not self.system.postgresql or not url.scheme.startswith("postgres"):
            return f"sqlite:///{self.folder}/db.sqlite3"
        name = f"schedulers_{self.name}"
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
            connection.execute(f'CREATE DATABASE "{name}"')
        return urlunsplit(url._replace(path=f"/{name}"))


def npm_prefix(package: str) -> Path:
    """Where a package of npm is installed, alone: each installation into a place lays all of it out again."""
    return NPM / package.strip("@").replace("/", "-")


def npm_package(package: str) -> Path:
    """The folder of a package of npm."""
    return npm_prefix(package) / "node_modules" / package


def program(name: str) -> str:
    """The path of a program of .venv, .venv-schedulers, npm or the machine; empty if it is nowhere."""
    places = [Path(sys.prefix) / "bin", HOME / "bin", *sorted(NPM.glob("*/node_modules/.bin"))]
    return shutil.which(name, path=os.pathsep.join(map(str, places))) or shutil.which(name) or ""
