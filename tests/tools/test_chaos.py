"""`make chaos`, the short version: it holds what it checks, notices what is broken, leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jobs_api.execution.attempts import eventually

from .test_demo import traces

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = [sys.executable, "-m", "tools.chaos"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.each_database,
    pytest.mark.skipif(
        "DATABASE_URL" not in os.environ, reason="it brings its own PostgreSQL: once is enough"
    ),
]


def environment(folder: Path) -> dict[str, str]:
    """With its own place for temporary files."""
    return {**os.environ, "TMPDIR": str(folder)}


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path, as a socket wants it, that another account may pass, as PostgreSQL's does under root."""
    with tempfile.TemporaryDirectory(prefix="chaos-", dir="/tmp") as name:
        Path(name).chmod(0o711)
        yield Path(name)


def test_a_short_chaos_ends_with_every_slot_done_once(folder: Path) -> None:
    """Pains 4, 6, 7, 16 and 23, all at once and again and again."""
    short = [*COMMAND, "--seed", "4", "--minutes", "0.2"]
    done = subprocess.run(
        short, cwd=ROOT, env=environment(folder), capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "violations (0)" in done.stdout
    eventually(lambda: not traces(folder))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_chaos_that_is_cut_short_leaves_nothing_behind(folder: Path, number: signal.Signals) -> None:
    with subprocess.Popen(
        [*COMMAND, "--executor", "inline"],
        cwd=ROOT,
        env=environment(folder),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as chaos:
        try:
            assert chaos.stdout
            assert any("all servers answer" in line for line in chaos.stdout)
            assert traces(folder), "it runs"
            chaos.send_signal(number)
            chaos.wait(60)
        finally:
            chaos.kill()
    eventually(lambda: not list(folder.iterdir()), seconds=30)
    eventually(lambda: not traces(folder), seconds=30)  # who cleaned up goes last
    assert chaos.returncode == (130 if number == signal.SIGINT else -signal.SIGKILL)
