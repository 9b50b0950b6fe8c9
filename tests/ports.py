"""Ports for servers that take a number and cannot take any that is free."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def held_port() -> Iterator[int]:
    """A port of this test alone, also while no server is there.

    A port that is merely free now may be given to any connection that another test makes before the server is
    there. This one is bound, and nobody listens: connections are refused, and a server may listen beside it.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield int(holder.getsockname()[1])
