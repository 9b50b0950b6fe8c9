"""A caller of one web server."""

from __future__ import annotations

import dataclasses
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode


@dataclasses.dataclass(frozen=True)
class Answer:
    """What came; status 0 if the connection broke."""

    status: int
    body: dict[str, Any]
    text: str = ""

    @property
    def outcome(self) -> str:
        """Of a trigger."""
        return str(self.body.get("outcome", self.status))


class Caller:
    """Calls with the secret; every call has a connection of its own."""

    def __init__(self, port: int, secret: str) -> None:
        self.port, self._secret = port, secret

    def trigger(self, job: str, slot: str, *, prefer: str = "", **options: Any) -> Answer:
        """POST to the job."""
        body = json.dumps({"run_date": slot, "options": options})
        headers = {"Content-Type": "application/json", **({"Prefer": prefer} if prefer else {})}
        return self.ask("POST", f"/api/jobs/{job}/run", body, headers)

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **how: Any
    ) -> Answer:
        """Send any request, with the secret unless a header replaces it."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Authorization": f"Bearer {self._secret}", **(headers or {})}
        try:
            connection.request(method, path, body, sent, **how)
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, HTTPException):
            return Answer(0, {})
        finally:
            connection.close()
        return Answer(response.status, json.loads(text) if "json" in str(response.headers) else {}, text)

    @contextmanager
    def left_open(self, job: str, slot: str, **options: Any) -> Iterator[None]:
        """In this context a trigger waits for its response; then the connection is closed."""
        body = json.dumps({"run_date": slot, "options": options})
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {self._secret}", "Content-Type": "application/json"}
        connection.request("POST", f"/api/jobs/{job}/run", body, headers)
        try:
            yield
        finally:
            connection.close()

    def cut_short(self, job: str, slot: str) -> int:
        """Declare more bytes than are sent, and say that nothing more comes; the status, 0 if none came."""
        path = f"/api/jobs/{job}/run?{urlencode({'run_date': slot})}"
        lines = (f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {self._secret}")
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as raw:
            raw.sendall("\r\n".join((*lines, "Content-Length: 61", "", "{}")).encode())
            raw.shutdown(socket.SHUT_WR)
            try:
                words = raw.recv(4096).split()
            except OSError:
                return 0
        return int(words[1]) if words else 0


def eventually(true: Callable[[], Any], seconds: float) -> Any:
    """What `true` returns, once that is something; at the end whatever it is."""
    give_up = time.monotonic() + seconds
    while not (found := true()) and time.monotonic() < give_up:
        time.sleep(0.1)
    return found
