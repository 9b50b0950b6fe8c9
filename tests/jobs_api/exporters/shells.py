"""Runs what a scheduler would hand to a shell, with a program that records how it was called."""

from __future__ import annotations

import subprocess
from pathlib import Path

RECORDER = """#!/bin/sh
for word in "$@"; do printf '%s\\n' "$word"; done >"$0.words"
env >"$0.environment"
pwd >"$0.folder"
cat >"$0.input"
echo "on stdout"
echo "on stderr" >&2
exit "$(cat "$0.status" 2>/dev/null || echo 0)"
"""


class Recorder:
    """A program at a path that may have blanks, quotes and percent signs."""

    def __init__(self, path: Path, status: int = 0) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(RECORDER, encoding="utf-8")
        path.chmod(0o755)
        self.path = path
        self._beside("status").write_text(str(status))

    def _beside(self, what: str) -> Path:
        return Path(f"{self.path}.{what}")

    @property
    def called(self) -> bool:
        return self._beside("words").exists()

    @property
    def words(self) -> list[str]:
        """Its arguments."""
        return self._beside("words").read_text().splitlines()

    @property
    def environment(self) -> dict[str, str]:
        lines = self._beside("environment").read_text().splitlines()
        return dict(line.partition("=")[::2] for line in lines)

    @property
    def input(self) -> str:
        """What was piped into it."""
        return self._beside("input").read_text()

    @property
    def folder(self) -> str:
        """Where it was started."""
        return self._beside("folder").read_text().strip()


def sh(script: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a line as cron does: by a shell, in an environment that holds almost nothing."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/", "SHELL": "/bin/sh", **more}
    return subprocess.run(
        ["/bin/sh", "-c", script],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
    )


def syntax_of(script: str) -> str:
    """What `sh -n` says against a script; empty: nothing."""
    return subprocess.run(["/bin/sh", "-n", "-c", script], capture_output=True, text=True, timeout=30).stderr
