"""A receiver of webhooks on 127.0.0.1 that takes messages, or does anything but, channel by channel."""

from __future__ import annotations

import dataclasses
import json
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from standardwebhooks import Webhook

from tests.jobs_api.outgoing.peers import Peer, peer

SECRET = "whsec_" + "cHJvdm9r" * 4
"""It signs nothing outside the tests."""
Behaviour = Callable[["Receiver", socket.socket], None]


@dataclasses.dataclass(frozen=True)
class Arrival:
    """One request whose signature is right."""

    channel: str
    id: str
    data: dict[str, Any]

    @property
    def told(self) -> tuple[str, str, str]:
        """Event, kind and subject."""
        return self.data["event"], self.data["kind"], self.data.get("subject", "")


@dataclasses.dataclass
class Receiver:
    """A receiver that is up."""

    port: int = 0
    asked: list[Arrival] = dataclasses.field(default_factory=list)
    """Every request."""
    taken: list[Arrival] = dataclasses.field(default_factory=list)
    """Those that were answered 204."""
    behaves: dict[str, Behaviour] = dataclasses.field(default_factory=dict)
    """What it does to a channel, if it does not take its messages."""
    released: threading.Event = dataclasses.field(default_factory=threading.Event)
    """Until then, what hangs or drips goes on."""

    def channels(self, *names: str, **options: Any) -> dict[str, Any]:
        """JOBS_API["ALERTS"]["CHANNELS"] that send here."""
        return channels(self.port, names, **options)

    def times(self) -> Counter[str]:
        """How often each message was taken, by its webhook-id."""
        return Counter(each.id for each in self.taken)

    def told(self, channel: str = "ops") -> list[tuple[str, str, str]]:
        """Event, kind and subject of each message that a channel has taken."""
        return [each.told for each in self.taken if each.channel == channel]

    def in_hand(self, channel: str) -> int:
        """How many requests to a channel were neither taken nor let go."""
        return sum(each.channel == channel for each in self.asked)

    def answer(self, server: Peer, sock: socket.socket) -> None:
        """Take one request, or behave."""
        arrival = _verified(server.read(sock))
        self.asked.append(arrival)
        behave = self.behaves.get(arrival.channel)
        if behave is not None:
            behave(self, sock)
            return
        self.taken.append(arrival)
        sock.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")


def channels(port: int, names: Iterable[str], **options: Any) -> dict[str, Any]:
    """JOBS_API["ALERTS"]["CHANNELS"] that send to this port."""
    fixed = {"TYPE": "webhook", "SECRET": SECRET, **options}
    return {name: {**fixed, "URL": f"http://127.0.0.1:{port}/{name}"} for name in names}


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver, until the block ends."""
    ours = Receiver()
    with peer(ours.answer) as server:
        ours.port = server.port
        try:
            yield ours
        finally:
            ours.released.set()


def _verified(request: bytes) -> Arrival:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    Webhook(SECRET).verify(body, headers)
    return Arrival(first.split()[1].strip("/"), headers["webhook-id"], json.loads(body)["data"])


# -- what else it may do ------------------------------------------------------------------------


def says(data: bytes) -> Behaviour:
    """Answers just this."""
    return lambda receiver, sock: sock.sendall(data)


def hangs(receiver: Receiver, sock: socket.socket) -> None:
    """Takes the request, and says nothing until it is let go."""
    receiver.released.wait(60)


def drips(receiver: Receiver, sock: socket.socket) -> None:
    """Answers a byte now and then, without an end: no single wait is long."""
    sock.sendall(b"HTTP/1.")
    while not receiver.released.wait(0.05):
        sock.sendall(b"x")


BAD: dict[str, Behaviour] = {
    "hangs": hangs,
    "drips": drips,
    "fails": says(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"),
    "redirects": says(b"HTTP/1.1 302 Found\r\nLocation: /ops\r\nContent-Length: 0\r\n\r\n"),
    "nonsense": says(b"SSH-2.0-OpenSSH_9.6\r\n"),
}
"""Channels by their names, which say what they do."""
