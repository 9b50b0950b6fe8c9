"""All servers of the chaos: started, kept running, and removed when the ``with`` block ends."""

from __future__ import annotations

import dataclasses
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from celery import Celery

from tools import stops
from tools.chaos import network, services
from tools.chaos.checker import Answer
from tools.chaos.postgres import postgres, url
from tools.chaos.services import ROOT, Service

KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
"""Environment variables that the servers inherit."""


@dataclasses.dataclass(slots=True)
class Harm:
    """A temporary harm that ends without starting a server."""

    name: str
    end: Callable[[], None]
    until: float = 0
    """When it ends (monotonic clock)."""


class Stage:
    """Two web hosts, two workers, a broker and a database."""

    def __init__(self, folder: Path, executors: set[str], breaks: str = "") -> None:
        self.folder, self.ledger = folder, folder / "ledger"
        self.secret = secrets.token_urlsafe(32)
        broker, *ports = services.free_ports(3)
        self.network = network.made()
        """The network of the second web host; None if this machine cannot create one."""
        if self.network:
            (folder / "network").write_text(self.network.name)
        inside = self.network.inside if self.network else "127.0.0.1"
        self.addresses = list(zip(("127.0.0.1", inside), ports, strict=True))
        self.harms: list[Harm] = []
        self.answers: list[Answer] = []
        """The answers that the sources have got so far."""
        self.env = {
            **{name: os.environ[name] for name in KEPT if name in os.environ},
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "tools.chaos.host.settings",
            "DATABASE_URL": url(folder),
            "CELERY_BROKER_URL": f"redis://127.0.0.1:{broker}/0",
            "CRON_SECRET": self.secret,
            "LOG_LEVEL": "INFO",
            "CHAOS_FOLDER": str(folder),
            "CHAOS_LEDGER": str(self.ledger),
            "CHAOS_EXECUTORS": ",".join(sorted(executors)),
            "CHAOS_BREAK": breaks,
            "CHAOS_CLOCK": str(self.clock("any")),
            "CHAOS_VERSION": str(self.version("any")),
        }
        self.courier = Celery("chaos", broker=self.env["CELERY_BROKER_URL"])
        """Sends messages directly to the broker, without jobs_api."""
        self.database = postgres(folder, self.network)
        self.broker = services.valkey(broker, folder=folder, network=self.network)
        self.hosts = [
            services.gunicorn("web-1", ports[0], folder=folder, env=self._env("web-1")),
            services.gunicorn(
                "web-2",
                ports[1],
                folder=folder,
                env=self._env("web-2") | self._remote(broker),
                network=self.network,
            ),
        ]
        with_celery = "celery" in executors
        names = ["worker-1", "worker-2"] if with_celery else []
        self.workers = [services.celery(name, folder=folder, env=self._env(name)) for name in names]
        engines = [self.broker] if with_celery else []
        self.services: list[Service] = [self.database, *engines, *self.hosts, *self.workers]

    def _env(self, name: str) -> dict[str, str]:
        """The environment of one host: its folder for process locks, its clock, its version."""
        place = self.folder / f"{name}.tmp"
        place.mkdir()
        own = {"TMPDIR": place, "CHAOS_CLOCK": self.clock(name), "CHAOS_VERSION": self.version(name)}
        return self.env | {key: str(value) for key, value in own.items()}

    def _remote(self, broker: int) -> dict[str, str]:
        """How a host finds the others from behind its network."""
        if self.network is None:
            return {}
        address = self.network.outside
        return {"DATABASE_URL": url(address), "CELERY_BROKER_URL": f"redis://{address}:{broker}/0"}

    def clock(self, name: str) -> Path:
        """The file that holds the error of a host's clock in seconds; no file means no error."""
        return self.folder / f"{name}.clock"

    def version(self, name: str) -> Path:
        """A file that exists while a host runs the other version of the declarations."""
        return self.folder / f"{name}.version"

    def start(self) -> None:
        """Start all servers; returns when all answer."""
        self.database.start()
        self.database.wait_until_it_answers()
        self._manage("migrate", "--verbosity", "0")
        for service in self.services[1:]:
            service.start()
        for service in self.services:
            service.wait_until_it_answers()

    def _manage(self, *words: str) -> None:
        command = [sys.executable, "-m", "django", *words]
        subprocess.run(command, cwd=self.folder, env=self.env, check=True)

    def keep_up(self, *, all_of_it: bool = False) -> None:
        """Start servers that were down for long enough or have ended; end harms whose time is over."""
        now = time.monotonic()
        for harm in [harm for harm in self.harms if all_of_it or harm.until <= now]:
            self.harms.remove(harm)
            harm.end()
        for service in self.services:
            due = service.down_until is None or service.down_until <= now
            if not service.running and (due or all_of_it):
                service.start()

    def settle(self) -> None:
        """Start all servers that are down; returns when all answer."""
        self.keep_up(all_of_it=True)
        give_up = time.monotonic() + 60
        for service in self.services:
            while not service.answers():
                self.keep_up(all_of_it=True)
                if time.monotonic() > give_up:
                    service.wait_until_it_answers(0)
                time.sleep(0.1)


@contextmanager
def stage(executors: set[str], *, breaks: str = "", keep: bool = False) -> Iterator[Stage]:
    """In this context all servers answer; afterwards no process is left and, unless `keep`, no file."""
    folder = Path(tempfile.mkdtemp(prefix="jobs-api-chaos-")).resolve()
    command = [sys.executable, str(ROOT / "tools/chaos/guardian.py"), str(folder)]
    guardian = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, text=True)
    assert guardian.stdin
    try:
        if keep:
            guardian.stdin.write("keep")
        made = Stage(folder, executors, breaks)
        made.start()
        yield made
    finally:
        with stops.ignored():  # an impatient second Ctrl-C must not keep us from waiting
            guardian.stdin.close()
            guardian.wait()
