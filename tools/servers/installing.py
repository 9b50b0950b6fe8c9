"""The environment of the servers, .venv-servers; it is created again if its requirements have changed."""

from __future__ import annotations

import subprocess
import sys

from tools.chaos.services import ROOT
from tools.servers.catalogue import Server
from tools.servers.place import HOME

REQUIREMENTS = ROOT / "requirements-servers.txt"
MADE = HOME / "requirements.txt"
"""Written last: an interrupted installation is not mistaken for a whole one."""


def environment() -> None:
    """Create it if it is not there."""
    if MADE.exists() and MADE.read_text() == REQUIREMENTS.read_text():
        return
    print("Making .venv-servers; takes about a minute, once", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", HOME], check=True)
    quiet = ["--quiet", "--disable-pip-version-check", "--require-hashes"]
    subprocess.run([HOME / "bin/python", "-m", "pip", "install", *quiet, "-r", REQUIREMENTS], check=True)
    MADE.write_text(REQUIREMENTS.read_text())


def missing(server: Server) -> list[str]:
    """The modules that it needs and that cannot be imported there."""
    found = [
        subprocess.run([HOME / "bin/python", "-c", f"import {name}"], capture_output=True)
        for name in server.needs
    ]
    return [name for name, result in zip(server.needs, found, strict=True) if result.returncode]
