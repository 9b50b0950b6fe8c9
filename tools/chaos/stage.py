"""All servers of the chaos: made, kept up, and gone when the ``with`` block ends."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from celery import Celery

from tools.chaos import services
from tools.chaos.checker import Answer
from tools.chaos.postgres import postgres, url
from tools.chaos.services import ROOT, Service

KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
"""What the servers take over from the environment."""

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stage:
    """Two web hosts, two workers, a broker and a database."""

    def __init__(self, folder: Path, executors: set[str], breaks: str = "") -> None:
        self.folder, self.ledger = folder, folder / "ledger"
        self.secret = secrets.token_urlsafe(32)
        broker, *self.ports = services.free_ports(3)
        self.told: list[Answer] = []
        """What the sources were answered so far."""
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
        }
        self.courier = Celery("chaos", broker=self.env["CELERY_BROKER_URL"])
        """What sends messages past jobs_api."""
        self.database = postgres(folder)
        self.broker = services.valkey(broker, folder=folder)
        self.hosts = [
            services.gunicorn(name, port, folder=folder, env=self.env | _own(folder, name))
            for name, port in zip(("web-1", "web-2"), self.ports, strict=True)
        ]
        with_celery = "celery" in executors
        names = ["worker-1", "worker-2"] if with_celery else []
        self.workers = [
            services.celery(name, folder=folder, env=self.env | _own(folder, name)) for name in names
        ]
        engines = [self.broker] if with_celery else []
        self.services: list[Service] = [self.database, *engines, *self.hosts, *self.workers]

    def start(self) -> None:
        """Start all, and return when all answer."""
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
        """Start what was killed and has been down for long enough, and what has ended by itself."""
        now = time.monotonic()
        for service in self.services:
            due = service.down_until is None or service.down_until <= now
            if not service.running and (due or all_of_it):
                service.start()

    def settle(self) -> None:
        """Start whatever is down, and return when all answer."""
        give_up = time.monotonic() + 60
        for service in self.services:
            while not service.answers():
                self.keep_up(all_of_it=True)
                if time.monotonic() > give_up:
                    service.wait_until_it_answers(0)
                time.sleep(0.1)


def _own(folder: Path, name: str) -> dict[str, str]:
    """What makes it a host of its own: the subprocess executor counts its processes in a temporary folder."""
    place = folder / f"{name}.tmp"
    place.mkdir()
    return {"TMPDIR": str(place)}


@contextmanager
def stage(executors: set[str], *, breaks: str = "", keep: bool = False) -> Iterator[Stage]:
    """Everything answers within; afterwards no process is left, nor, unless kept, a file."""
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
        # An impatient second Ctrl-C must not keep us from waiting.
        before = {number: signal.signal(number, signal.SIG_IGN) for number in STOPS}
        guardian.stdin.close()
        guardian.wait()
        for number, handler in before.items():
            signal.signal(number, handler)
