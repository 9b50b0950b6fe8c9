"""What the servers share: an environment of their own, a database, a ledger, and a second host."""

from __future__ import annotations

import itertools
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tools.chaos.services import ROOT, Service, free_ports, is_ready
from tools.chaos.stage import KEPT
from tools.servers.catalogue import GRACE, Server

HOME = ROOT / ".venv-servers"


class Place:
    """Where all servers are tried, several at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ledger, self.secret = folder, folder / "ledger", secrets.token_urlsafe(32)
        self.ports = iter(free_ports(60))
        self._slots = itertools.count(1)
        self._now = datetime.now(UTC).replace(microsecond=0)
        default = f"sqlite:///{folder}/db.sqlite3"
        self.env = {
            **{name: os.environ[name] for name in KEPT if name in os.environ},
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "tools.servers.host.settings",
            "DATABASE_URL": os.environ.get("DATABASE_URL", default),
            "CRON_SECRET": self.secret,
            "CHAOS_FOLDER": str(folder),
            "SERVERS_LEDGER": str(self.ledger),
            "GRACEFUL_TIMEOUT": str(GRACE),
            "LOG_LEVEL": "INFO",
        }
        self.other = next(self.ports)
        """The port of the second host, which stays up."""

    def slot(self) -> str:
        """A slot that nobody has used."""
        return (self._now - timedelta(minutes=next(self._slots))).isoformat()

    def migrate(self) -> None:
        """Make the tables."""
        command = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
        subprocess.run(command, cwd=self.folder, env=self.env, check=True)

    def second_host(self) -> Service:
        """gunicorn, as the reference project runs it; it stays up."""
        env = {**self.env, "PORT": str(self.other), "HOST": "127.0.0.1", "WEB_THREADS": "16"}
        command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")]
        return Service(
            "second-host",
            [*command, "tools.servers.host.wsgi"],
            folder=self.folder,
            env=env,
            answers=lambda: is_ready("127.0.0.1", self.other),
        )

    def service(self, server: Server) -> tuple[Service, int]:
        """A server, not started yet, and its port."""
        port = next(self.ports)
        words = [word.format(port=port, root=ROOT) for word in server.command]
        start = [str(HOME / "bin" / words.pop(0))] if server.program else [str(HOME / "bin/python"), "-m"]
        name = f"{server.name.replace(' ', '-')}-{port}"
        temporary = self.folder / f"{name}.tmp"
        temporary.mkdir()
        env = {**self.env, "PORT": str(port), "HOST": "127.0.0.1", "TMPDIR": str(temporary), **server.env}
        found = Service(
            name, [*start, *words], folder=self.folder, env=env, answers=lambda: is_ready("127.0.0.1", port)
        )
        return found, port


@contextmanager
def place(*, keep: bool) -> Iterator[Place]:
    """In this context the database is migrated and the second host answers; then nothing is left."""
    folder = Path(tempfile.mkdtemp(prefix="jobs-api-servers-")).resolve()
    guardian = subprocess.Popen(
        [sys.executable, str(ROOT / "tools/chaos/guardian.py"), str(folder)],
        stdin=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    assert guardian.stdin
    try:
        if keep:
            guardian.stdin.write("keep")
        made = Place(folder)
        made.migrate()
        with running(made.second_host()):
            yield made
    finally:
        guardian.stdin.close()  # it then ends every process that has this folder in its environment
        guardian.wait()


@contextmanager
def running(service: Service) -> Iterator[Service]:
    """In this context it answers; then no process of it is left."""
    service.start()
    try:
        service.wait_until_it_answers(30)
        yield service
    finally:
        service.kill_all()
        with suppress(ProcessLookupError):  # what its first process has left behind
            os.killpg(service.pid, signal.SIGKILL)
