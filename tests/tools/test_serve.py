"""`make serve`: what it keeps between two starts."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

from tools.serve import ROOT, is_free, kept_secret


def test_a_secret_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "cron-secret"
    secret = kept_secret(path)
    assert len(secret) >= 32, "a shorter one would never match"
    assert path.stat().st_mode & 0o777 == 0o600
    assert kept_secret(path) == secret


def test_help_changes_nothing_and_names_the_port() -> None:
    command = [sys.executable, "-m", "tools.serve", "--help"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "--port" in shown.stdout


def test_a_port_that_is_taken_is_noticed_before_anything_is_said() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert not is_free(other.getsockname()[1])
    assert is_free(other_port())


def other_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
