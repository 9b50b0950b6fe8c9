"""A run's output, bounded: the first and the last part are kept, and how long the whole was."""

from __future__ import annotations

from typing import Protocol

from jobs_api import threads

Parts = tuple[bytes, bytes, int]
"""First part, last part, length of the whole stream in bytes."""


class Sink(Protocol):
    """Receives what a run writes."""

    def write(self, data: bytes) -> None:
        """Take bytes as they come."""


class Output:
    """Collects what a command writes, from any thread, in bounded memory."""

    def __init__(self, limit: int) -> None:
        self._half = max(limit // 2, 1)
        self._head = bytearray()
        self._tail = bytearray()
        self._size = 0
        self._lock = threads.lock()

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._size

    def write(self, data: bytes) -> None:
        """Take bytes as they come."""
        with self._lock:
            self._size += len(data)
            room = self._half - len(self._head)
            if room > 0:
                self._head += data[:room]
                data = data[room:]
            self._tail += data
            if len(self._tail) > 2 * self._half:
                del self._tail[: -self._half]

    def parts(self) -> Parts:
        """The kept parts."""
        with self._lock:
            return bytes(self._head), bytes(self._tail[-self._half :]), self._size


def rest(parts: Parts, offset: int) -> bytes:
    """The kept parts of the stream from `offset` on, with a mark where bytes are missing.

    Offsets count bytes of the whole stream, so a reader that asks again from the stream's
    length gets what came since, and nothing twice.
    """
    head, tail, size = parts
    tail_start = size - len(tail)
    if offset >= tail_start:
        return tail[offset - tail_start :]
    left_out = tail_start - max(offset, len(head))
    mark = f"\n[... {left_out} bytes left out ...]\n".encode() if left_out else b""
    return head[offset:] + mark + tail
