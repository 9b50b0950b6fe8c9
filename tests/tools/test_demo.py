"""`make demo` for real: it holds what it claims and leaves nothing behind, also when it is interrupted."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.jobs_api.execution.attempts import eventually
from tools.demo import server, terminal
from tools.demo.caller import Caller

ROOT = Path(__file__).resolve().parent.parent.parent
COMMAND = [sys.executable, "-m", "tools.demo"]


def traces(folder: Path) -> list[str]:
    """What a demo that used `folder` for its temporary files has left there, and its processes."""
    files = [str(path) for path in folder.rglob("*")]
    marks = [f"/proc/{path.name}" for path in Path("/proc").glob("[0-9]*") if _mentions(path, folder)]
    return files + marks


def _mentions(process: Path, folder: Path) -> bool:
    try:
        return str(folder).encode() in (process / "environ").read_bytes()
    except OSError:  # it has ended, or is somebody else's
        return False


def untracked() -> set[str]:
    """Files of this checkout that git neither knows nor ignores."""
    git = ["git", "ls-files", "--others", "--exclude-standard"]
    found = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=False)
    return set(found.stdout.splitlines())


def environment(folder: Path) -> dict[str, str]:
    """With its own place for temporary files, and settings of another project lying about."""
    return {**os.environ, "TMPDIR": str(folder), "DEBUG": "maybe", "CRON_SECRET": "other", "PORT": "1"}


@pytest.mark.slow
def test_the_demo_holds_what_it_claims_and_leaves_nothing_behind(tmp_path: Path) -> None:
    before = untracked()
    done = subprocess.run(
        COMMAND, cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    for claim in ("`already_succeeded`", "Exactly one of them ran", "with attempt 2", "`retry_later`", "401"):
        assert claim in done.stdout
    assert "$CRON_SECRET" in done.stdout
    assert "\033[" not in done.stdout, "no colours where nobody sees them"
    eventually(lambda: not traces(tmp_path))  # a worker that was killed may outlive the demo for a moment
    assert untracked() == before


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    with subprocess.Popen(
        COMMAND, cwd=ROOT, env=environment(tmp_path), stdout=subprocess.PIPE, text=True, bufsize=1
    ) as demo:
        assert demo.stdout
        for line in demo.stdout:
            if line.startswith("2."):
                break
        assert traces(tmp_path), "it runs"
        demo.send_signal(number)
        rest = demo.stdout.read()
    assert demo.returncode == 130
    assert "Interrupted." in rest
    eventually(lambda: not traces(tmp_path))


def test_who_has_stopped_a_server_can_be_stopped_afterwards() -> None:
    """The browser tests stop one, too: whatever their process starts later inherits what it ignores."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as process:
        server._stop(process)
    assert process.returncode == -signal.SIGTERM
    assert [signal.getsignal(number) for number in numbers] == before


def test_a_claim_that_does_not_hold_is_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(terminal.Broken, match="Water is dry"):
        terminal.check(False, "Water is dry.")
    assert capsys.readouterr().out == ""


@pytest.fixture
def mirror() -> Iterator[int]:
    """A server that answers with what it was sent; yields its port."""

    class Mirror(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = f"{self.command} {self.path} {self.headers['Authorization']}".encode()
            self.send_response(418, "I am a teapot")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Mirror) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.parametrize("path", ["curl", "python"])
def test_curl_and_python_send_the_same_request(mirror: int, path: str) -> None:
    if path == "curl" and not shutil.which("curl"):
        pytest.skip("no curl here")
    known = {"PATH": os.environ["PATH"] if path == "curl" else "", "CRON_SECRET": "hidden"}
    answer = Caller(mirror, known).send("POST", "/api/run-due")
    assert (answer.status, answer.phrase) == (418, "I am a teapot")
    assert answer.body == "POST /api/run-due Bearer hidden"
    assert "hidden" not in Caller(mirror, known).line("POST", "/api/run-due")
