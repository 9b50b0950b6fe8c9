"""What a system needs beside Python: packages of Debian and npm are installed, or it is skipped."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from threading import Lock

from tools.schedulers.scene import npm_prefix, program
from tools.schedulers.system import System

_one_at_a_time = Lock()
SECONDS = 300
QUIET = {"DEBIAN_FRONTEND": "noninteractive"}


def missing(system: System) -> str:
    """Why it must be skipped; empty once all is there."""
    with _one_at_a_time:
        return (
            "; ".join(filter(None, map(_debian, system.debian)))
            or "; ".join(filter(None, map(_npm, system.npm)))
            or ", ".join(f"{name} is not installed" for name in system.programs if not program(name))
            or system.usable()
        )


def missing_npm(names: Iterable[str]) -> str:
    """Why packages of npm cannot be had; empty once all are there."""
    with _one_at_a_time:
        return "; ".join(filter(None, map(_npm, names)))


def _debian(name: str) -> str:
    if _is_installed(name):
        return ""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return f"the Debian package {name} is not installed, which needs apt-get and root"
    for words in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", name]):
        fault = _run(["apt-get", *words])
    return "" if _is_installed(name) else f"the Debian package {name} cannot be installed: {fault}"


def _is_installed(name: str) -> bool:
    if not shutil.which("dpkg-query"):
        return False
    command = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", name]
    return subprocess.run(command, capture_output=True, text=True).stdout == "installed"


def _npm(name: str) -> str:
    """With its version, as npm writes it: wrangler@4.86.0."""
    package, _, _ = name.rpartition("@")
    prefix = npm_prefix(package)
    if (prefix / "node_modules/.package-lock.json").exists():  # npm writes it last
        return ""
    if not shutil.which("npm"):
        return f"npm is not installed, which brings {name}"
    prefix.mkdir(parents=True, exist_ok=True)
    fault = _run(["npm", "install", "--no-audit", "--no-fund", "--prefix", str(prefix), name])
    return f"{name} cannot be installed: {fault}" if fault else ""


def _run(command: list[str]) -> str:
    """What went wrong, in a line."""
    try:
        found = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, env=os.environ | QUIET
        )
    except subprocess.TimeoutExpired:
        return f"{command[0]} takes more than {SECONDS} s"
    lines = (found.stderr or found.stdout).strip().splitlines() or [f"exit {found.returncode}"]
    return lines[-1][:200] if found.returncode else ""
