"""Limit the threads of this process that wait at the same time, for the end of a run or for a slow body.

The other threads continue to serve requests, above all health checks and duplicates.
"""

from __future__ import annotations

import os
import threading


class Room:
    """Counts them."""

    def __init__(self) -> None:
        self.threads: int | None = None
        """How many threads serve requests here, if known: at most half of them may wait."""
        self.forget()

    def forget(self) -> None:
        """Reset, as in a new process: a fork copies none of the counted threads."""
        self._lock = threading.Lock()
        self._kept = 0

    def enter(self, limit: int, *, spare: int = 0) -> bool:
        """Take a place, which `leave` gives back; False at once if all are taken.

        Args:
            spare: how many places to keep for others, except the only one.
        """
        if self.threads is not None:
            limit = min(limit, max(self.threads // 2, 1))
        if limit > 1:
            limit = max(limit - spare, 1)
        with self._lock:
            if self._kept >= limit:
                return False
            self._kept += 1
            return True

    def leave(self) -> None:
        """Give a place back."""
        with self._lock:
            self._kept -= 1


room = Room()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=room.forget)
