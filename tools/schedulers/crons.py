"""Real cron daemons with what `jobs_export` writes for them, in folders that only they see."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tools.chaos.services import ROOT, Service
from tools.schedulers.scene import Scene

KEPT = ("PATH", "LANG", "HOME")
"""Of the environment, what cron sets itself."""


def private() -> str:
    """Why a daemon cannot have folders of its own here; empty: it can."""
    if os.geteuid() != 0:
        return "it needs root"
    if not shutil.which("unshare"):
        return "unshare is not installed"
    found = subprocess.run(["unshare", "--mount", "true"], capture_output=True, text=True)
    return f"it needs a mount namespace: {found.stderr.strip()}" if found.returncode else ""


def exported(scene: Scene, platform: str, *words: str, **settings: str) -> str:
    """What `jobs_export` writes for this scene: its jobs, and run-due, each minute."""
    values = {
        "secret_file": str(secret_file(scene)),
        "env_file": str(env_file(scene)),
        "directory": str(ROOT),
        "python": sys.executable,
        **settings,
    }
    known = {
        each["setting"] for each in json.loads(scene.manage("jobs_export", platform, "--list", "--json"))
    }
    given = [f"--set={name}={value}" for name, value in values.items() if name in known]
    return scene.manage("jobs_export", platform, *given, *words)


def called(scene: Scene) -> tuple[str, ...]:
    """Options for the form that calls the web host of the scene."""
    return ("--form=http", f"--base-url={scene.base_url}", "--run-due-every=1m")


COMMANDS = ("--form=command", "--run-due-every=1m")
"""Options for the form that runs manage.py."""


def secret_file(scene: Scene) -> Path:
    """As the head of an export says how to make it."""
    return _written(scene.folder / "authorization", f"Authorization: Bearer {scene.secret}\n")


def env_file(scene: Scene, **more: str) -> Path:
    """The environment of the web host, which cron does not hand over."""
    values = {**scene.env, **more}
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in values.items() if name not in KEPT]
    return _written(scene.folder / "environment", "".join(lines))


def _written(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(text)
    return path


def alone(scene: Scene, folders: dict[str, Path], command: Iterable[str]) -> Service:
    """The daemon, which sees these folders of the scene in the place of the machine's."""
    binds = [f"mount --bind {shlex.quote(str(own))} {place}" for place, own in folders.items()]
    steps = ["mount -t tmpfs tmpfs /run", *binds, f"exec {shlex.join(command)}"]
    return scene.service("cron", ["unshare", "--mount", "sh", "-c", " && ".join(steps)])


def folder(scene: Scene, name: str, **files: str) -> Path:
    """A folder of the scene with these files, which only root may write."""
    path = scene.folder / name
    path.mkdir(exist_ok=True)
    for file, text in files.items():
        _written(path / file, text)
    return path


def kept(scene: Scene) -> list[str]:
    """What is wrong with the log of the lines: it has to say which job failed."""
    log = scene.folder / "cron-lines.log"
    text = log.read_text(errors="replace") if log.exists() else ""
    return [] if "failed" in text and "tick_fails" in text else [f"{log.name} does not tell: {text[-300:]!r}"]
