"""What the servers share: an environment of their own, a database, a ledger, and a second host."""

from __future__ import annotations

import itertools
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tools.chaos.services import ROOT, Service, free_ports, is_ready
from tools.live.place import environment_of, guarded, running
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
            **environment_of(folder, "tools.servers.host.settings", self.secret),
            "DATABASE_URL": os.environ.get("DATABASE_URL", default),
            "SERVERS_LEDGER": str(self.ledger),
            "GRACEFUL_TIMEOUT": str(GRACE),
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
    with guarded("jobs-api-servers-", keep=keep) as folder:
        made = Place(folder)
        made.migrate()
        with running(made.second_host()):
            yield made
