"""An environment beside .venv; it is created again if its requirements have changed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def environment(home: Path, requirements: Path) -> None:
    """Create it if it is not there, whole and up to date."""
    made = home / "requirements.txt"  # written last: an interrupted installation is not taken for a whole one
    if made.exists() and made.read_text() == requirements.read_text():
        return
    print(f"Making {home.name}; takes about a minute, once", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
    quiet = ["--quiet", "--disable-pip-version-check", "--require-hashes"]
    subprocess.run([home / "bin/python", "-m", "pip", "install", *quiet, "-r", requirements], check=True)
    made.write_text(requirements.read_text())
