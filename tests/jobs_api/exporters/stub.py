"""A server on this machine that records requests, and stands in for the API of a cron service."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

SECRET = "cron-secret-of-thirty-two-letters"


class Request(NamedTuple):
    """What came."""

    method: str
    path: str
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        """Its body."""
        return json.loads(self.body)


@contextmanager
def stub(answer: Callable[[Request], Any] = lambda request: {}) -> Iterator[tuple[str, list[Request]]]:
    """In this context: its URL, and what came so far; `answer` makes the JSON of each answer."""
    requests: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            requests.append(Request(self.command, self.path, dict(self.headers), body))
            text = json.dumps(answer(requests[-1])).encode()
            self.send_response_only(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", requests
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def shell(text: str, *, status: int = 0, **env: str) -> str:
    """What a POSIX shell prints that runs this text."""
    found = subprocess.run(
        ["sh"],
        input=text,
        env={"PATH": os.environ["PATH"], **env},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert found.returncode == status, found.stderr or found.stdout
    return found.stdout + found.stderr
