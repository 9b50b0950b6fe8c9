"""One HTTP request to an address that was checked, ended at its deadline whatever the other side does.

It goes over a socket of our own: a second look-up of the name could give another address, and a
time-out per read would let an endpoint hold a job for hours with a byte now and then. The standard
library's client does the rest, and follows no redirect, asks no proxy and repeats nothing.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Timer

from crm.addresses import Target, look_up, parse

MOST_READ = 4096
"""Bytes of an answer; what it says is not used, but an unread one looks like an error to its sender."""


class Deadline:
    """An instant by which all has to be over."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left.

        Raises:
            TimeoutError: none.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("The time is over.")
        return left

    @contextmanager
    def ends(self, sock: socket.socket) -> Iterator[None]:
        """Shut the connection down when the time is over.

        Raises:
            TimeoutError: in place of what then breaks, or of an answer that has lost its end.
        """
        spare = sock.dup()  # TLS takes `sock` itself over; shut down is the connection below both
        timer = Timer(self.left(), _shut, [spare])
        timer.daemon = True  # a process that ends does not wait for it
        timer.start()
        try:
            yield
        except (OSError, HTTPException):
            self.left()
            raise
        finally:
            timer.cancel()
            spare.close()
        self.left()


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float) -> int:
    """The HTTP status of the answer.

    The look-up of a name ends by the rules of the system's resolver; its time counts, too.

    Raises:
        Refused: nothing is sent to that address.
        OSError, HTTPException, ValueError: no answer that is one.
        TimeoutError: not the whole of it in that many seconds.
    """
    deadline = Deadline(seconds)
    target = parse(url)
    with _connect(look_up(target), target.port, deadline) as sock, deadline.ends(sock):
        sock.settimeout(deadline.left())  # not the share that connecting had
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # or the body waits for the headers
        return _ask(target, sock, body, headers)


def _connect(addresses: Sequence[str], port: int, deadline: Deadline) -> socket.socket:
    """A connection to the first address that takes one; of two, the IPv6 one is often out of reach.

    Each has its share of the time left, or a silent one would use up that of the others.
    """
    for tried, address in enumerate(addresses[:-1]):
        with suppress(OSError):
            share = deadline.left() / (len(addresses) - tried)
            return socket.create_connection((address, port), timeout=share)
    return socket.create_connection((addresses[-1], port), timeout=deadline.left())


def _shut(sock: socket.socket) -> None:
    with suppress(OSError):  # the other side was faster
        sock.shutdown(socket.SHUT_RDWR)


def _ask(target: Target, sock: socket.socket, body: bytes, headers: Mapping[str, str]) -> int:
    with closing(_speak(target, sock)) as connection:
        connection.request("POST", target.path, body, headers)
        answer = connection.getresponse()
        answer.read(MOST_READ)
        return answer.status


def _speak(target: Target, sock: socket.socket) -> HTTPConnection:
    """HTTP over that socket. Host header, SNI and certificate are about the name, not the address."""
    if not target.secure:
        connection = HTTPConnection(target.host, target.port)
        connection.sock = sock
        return connection
    connection = HTTPSConnection(target.host, target.port, context=_tls())
    connection.sock = _tls().wrap_socket(sock, server_hostname=target.host)
    return connection


@cache
def _tls() -> ssl.SSLContext:
    """Certificates and names are verified; reading the system's authorities takes a while, so once."""
    return ssl.create_default_context()
