"""Servers on 127.0.0.1 that others could have: those that answer, and those that do anything but."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Behaviour = Callable[["Peer", socket.socket], None]


@dataclass
class Peer:
    """A server that is up; `requests` has what it was sent, as bytes."""

    behave: Behaviour
    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    tls: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/hook/s3cret-path?key=s3cret"

    def serve(self, listener: socket.socket) -> None:
        while not self.closing.is_set():
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._handle, args=(sock,), daemon=True).start()

    def _handle(self, sock: socket.socket) -> None:
        with suppress(OSError):
            sock.settimeout(10)
            if self.tls:
                sock = self.tls.wrap_socket(sock, server_side=True)
            self.behave(self, sock)
        with suppress(OSError):
            sock.close()

    def read(self, sock: socket.socket) -> bytes:
        """Read one request, also its body."""
        data = b""
        while b"\r\n\r\n" not in data and (more := sock.recv(65536)):
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        while len(body) < length and (more := sock.recv(65536)):
            body += more
        self.requests.append(head + b"\r\n\r\n" + body)
        return self.requests[-1]


@contextmanager
def peer(behave: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[Peer]:
    """A server with this behaviour, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = Peer(behave, listener.getsockname()[1], tls=tls)
        threading.Thread(target=one.serve, args=(listener,), daemon=True).start()
        try:
            yield one
        finally:
            one.closing.set()
            with suppress(OSError):  # wakes accept()
                listener.shutdown(socket.SHUT_RDWR)


def answers(status: str = "200 OK", body: bytes = b"ok", *headers: str) -> Behaviour:
    """Reads the request and answers."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return writes("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def writes(data: bytes) -> Behaviour:
    """Reads the request, writes just this, and closes."""

    def behave(peer: Peer, sock: socket.socket) -> None:
        peer.read(sock)
        sock.sendall(data)

    return behave


def hangs(peer: Peer, sock: socket.socket) -> None:
    """Takes the request and says nothing."""
    peer.read(sock)
    peer.closing.wait(30)


def says_nothing(peer: Peer, sock: socket.socket) -> None:
    """Takes the connection, and does not even read: a TLS handshake never ends."""
    peer.closing.wait(30)


def drips(start: bytes, each: bytes = b"x") -> Behaviour:
    """Writes the start, and then a little now and then, without an end: no single wait is long."""

    def behave(peer: Peer, sock: socket.socket) -> None:
        peer.read(sock)
        sock.sendall(start)
        while not peer.closing.wait(0.02):
            sock.sendall(each)

    return behave


DRIPPED_HEADER = drips(b"HTTP/1.1 200 OK\r\nX-Long: ")
DRIPPED_BODY = drips(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")


def drips_a_handshake(peer: Peer, sock: socket.socket) -> None:
    """The header of a long TLS record, and its content byte by byte."""
    sock.recv(65536)
    sock.sendall(b"\x16\x03\x03\x40\x00")
    while not peer.closing.wait(0.02):
        sock.sendall(b"\x02")


def closed_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def ends(condition: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether it becomes true; a machine may be slow."""
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
    return condition()
