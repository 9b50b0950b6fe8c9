"""A project of somebody else's: made by django-admin, with a wheel of ours, following the README."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from django.conf import settings

from tests.ports import held_port

SECRET = "installed-cron-secret-7c0f4c1d9be2a84c0f9d35"
OURS = ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "PYTHONPATH", "PYTHONSAFEPATH")


def run(*command: str, cwd: Path, **environment: str) -> str:
    """Run a program with nothing of this project's environment; returns its output."""
    inherited = {key: value for key, value in os.environ.items() if key not in OURS}
    done = subprocess.run(
        command, cwd=cwd, env={**inherited, **environment}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


def build_wheel(folder: Path) -> Path:
    """The wheel that a release would upload, built without a network."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    done = subprocess.run([*command, str(settings.BASE_DIR)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


def readme_steps() -> dict[str, str]:
    """What "Five minutes to your first job" adds to each file of a project."""
    steps: dict[str, str] = {}
    for path, code in re.findall(r"```python\n# (\S+)\n(.*?)```", _five_minutes(), re.DOTALL):
        steps[path] = steps.get(path, "") + code
    return steps


def readme_install() -> str:
    """The one line that installs it."""
    (line,) = re.findall(r"^pip install .+$", _five_minutes(), re.MULTILINE)
    return str(line)


def _five_minutes() -> str:
    text = Path(settings.BASE_DIR, "README.md").read_text()
    return text.partition("\n## Five minutes")[2].partition("\n## ")[0]


class Project:
    """A directory with a manage.py."""

    def __init__(self, folder: Path, packages: Path) -> None:
        self.folder, self.environment = folder, {"PYTHONPATH": str(packages), "CRON_SECRET": SECRET}
        folder.mkdir()
        run(sys.executable, "-m", "django", "startproject", "mysite", ".", cwd=folder)
        self.manage("startapp", "shop")

    def follow_the_readme(self) -> None:
        """Add what it says to the files it names."""
        for path, code in readme_steps().items():
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("a") as file:
                file.write(f"\n{code}")

    def manage(self, *arguments: str) -> str:
        """Run manage.py."""
        return run(sys.executable, "manage.py", *arguments, cwd=self.folder, **self.environment)

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve it on a free port meanwhile; yields its address."""
        with held_port() as port:
            yield from self._served(port)

    def _served(self, port: int) -> Iterator[str]:
        command = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
        inherited = {key: value for key, value in os.environ.items() if key not in OURS}
        with (self.folder / "server.log").open("w") as log:
            server = subprocess.Popen(
                command, cwd=self.folder, env={**inherited, **self.environment}, stdout=log, stderr=log
            )
        try:
            _wait_for(f"http://127.0.0.1:{port}/api/health/ready", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(30)


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < until:
        try:
            with urlopen(url, timeout=5):  # noqa: S310
                return
        except (URLError, OSError):
            time.sleep(0.05)
    raise AssertionError("The server did not start.")


def post(url: str) -> dict[str, Any]:
    """POST as a cron service would: an empty body and a bearer token."""
    with _ask("POST", url) as answer:
        return {"status": answer.status, **json.load(answer)}


def get(url: str) -> str:
    """What is there."""
    with _ask("GET", url) as answer:
        return str(answer.read().decode())


def _ask(method: str, url: str) -> Any:
    request = Request(url, method=method, headers={"Authorization": f"Bearer {SECRET}"})  # noqa: S310
    return urlopen(request, timeout=30)  # noqa: S310
