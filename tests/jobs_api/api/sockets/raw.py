"""Requests as bytes on a socket, and what came back."""

from __future__ import annotations

import dataclasses
import json
import socket
from contextlib import suppress
from http.client import parse_headers
from typing import Any


@dataclasses.dataclass(frozen=True)
class Answer:
    """One response."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        """Its body."""
        return json.loads(self.text)


class Raw:
    """A connection that says exactly what it is told."""

    def __init__(self, port: int, timeout: float = 30) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self._heard = self.socket.makefile("rb")  # one for all answers: it reads ahead

    def __enter__(self) -> Raw:
        return self

    def __exit__(self, *error: object) -> None:
        self._heard.close()
        self.socket.close()

    def say(self, text: bytes) -> Raw:
        """Send it."""
        with suppress(BrokenPipeError, ConnectionResetError):  # whoever has heard enough has answered
            self.socket.sendall(text)
        return self

    def end(self) -> Raw:
        """Say that nothing more comes, and go on listening."""
        self.socket.shutdown(socket.SHUT_WR)
        return self

    def answer(self) -> Answer:
        """The next response."""
        status = int(self._heard.readline().split()[1])
        headers = parse_headers(self._heard)
        text = self._heard.read(int(headers["Content-Length"])) if "Content-Length" in headers else b""
        return Answer(status, dict(headers), text.decode())

    def closed(self, within: float) -> bool:
        """Whether the server closes the connection in time, without another word."""
        self.socket.settimeout(within)
        try:
            return self._heard.read(1) == b""
        except TimeoutError:
            return False
        except ConnectionResetError:
            return True


def head(method: str, path: str, secret: str, *headers: str, version: str = "1.1") -> bytes:
    """A request up to its body."""
    lines = [
        f"{method} {path} HTTP/{version}",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {secret}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode()
